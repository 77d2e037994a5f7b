import { defineStore } from 'pinia'
import { computed, ref, watch } from 'vue'
import { coreWordsIn, detectLanguage, languages, type Language } from '../locales/language.ts'

export const themes = ['system', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

/** Language and theme of this browser, kept in its own storage. */
export const usePreferencesStore = defineStore('preferences', () => {
  const language = ref<Language>(stored('language', languages) ?? detectLanguage(navigator.languages))
  const theme = ref<Theme>(stored('theme', themes) ?? 'system')

  /** Black on white with thick lines, whatever the theme, until it is switched off. */
  const isSunlight = ref(stored('sunlight', ['yes', 'no']) === 'yes')

  watch([theme, isSunlight], () => {
    showTheme(isSunlight.value ? 'sunlight' : theme.value)
    keep('theme', theme.value)
    keep('sunlight', isSunlight.value ? 'yes' : 'no')
  })
  showTheme(isSunlight.value ? 'sunlight' : theme.value)

  /** The words of the first screen, in the language of now. */
  const coreWords = computed(() => coreWordsIn(language.value))

  function speak(next: Language): void {
    language.value = next
    keep('language', next)
  }
  watch(language, showLanguage)
  showLanguage(language.value)

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

function showLanguage(language: Language): void {
  document.documentElement.lang = language
}

function keep(key: string, value: string): void {
  try {
    localStorage.setItem(`crashcart.${key}`, value)
  } catch {
    // As above: without storage the choice lasts as long as the page.
  }
}
