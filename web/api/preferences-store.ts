import { defineStore } from 'pinia'
import { ref, shallowRef, watch } from 'vue'
import type { CoreWords } from '../locales/en.ts'
import { detectLanguage, languages, loadCoreWords, type Language } from '../locales/language.ts'

export const themes = ['system', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

/** Language and theme of this browser, kept in its own storage. */
export const usePreferencesStore = defineStore('preferences', () => {
  const language = ref<Language>(stored('language', languages) ?? detectLanguage(navigator.languages))
  const theme = ref<Theme>(stored('theme', themes) ?? 'system')
  const coreWords = shallowRef<CoreWords>()

  /** Black on white with thick lines, whatever the theme, until it is switched off. */
  const isSunlight = ref(stored('sunlight', ['yes', 'no']) === 'yes')

  watch([theme, isSunlight], () => {
    showTheme(isSunlight.value ? 'sunlight' : theme.value)
    keep('theme', theme.value)
    keep('sunlight', isSunlight.value ? 'yes' : 'no')
  })
  showTheme(isSunlight.value ? 'sunlight' : theme.value)

  /** Changes the language once its words are here, so that the page never mixes two. */
  async function speak(next: Language): Promise<CoreWords> {
    const words = await loadCoreWords(next)
    coreWords.value = words
    document.documentElement.lang = next
    if (language.value !== next) keep('language', next)
    language.value = next
    return words
  }

  return { language, theme, isSunlight, coreWords, speak }
})

function showTheme(theme: Theme | 'sunlight'): void {
  const root = document.documentElement
  if (theme === 'system') delete root.dataset.theme
  else root.dataset.theme = theme
}

function stored<T extends string>(key: string, allowed: readonly T[]): T | undefined {
  try {
    const value = localStorage.getItem(`crashcart.${key}`)
    return allowed.find((candidate) => candidate === value)
  } catch {
    // Storage can be forbidden (private mode, policy); then the choice lasts as long as the page.
    return undefined
  }
}

function keep(key: string, value: string): void {
  try {
    localStorage.setItem(`crashcart.${key}`, value)
  } catch {
    // As above: without storage the choice lasts as long as the page.
  }
}
