import { computed, inject, type ComputedRef, type InjectionKey, type Ref } from 'vue'
import type { CoreWords } from './en.ts'

export const languages = ['en', 'ja'] as const
export type Language = (typeof languages)[number]

/** Provided once by main.ts; `useWords` and `useTimes` read it. */
export const languageKey: InjectionKey<Readonly<Ref<Language>>> = Symbol('language')
/** The loaded core catalogue; only one locale is in memory at a time. */
export const coreWordsKey: InjectionKey<Readonly<Ref<CoreWords>>> = Symbol('core words')

/** The page's language now. Call in setup. */
export function useLanguage(): Readonly<Ref<Language>> {
  return required(inject(languageKey), 'language')
}

/** Words that every screen needs (states, links, tabs). Call in setup. */
export function useCoreWords(): Readonly<Ref<CoreWords>> {
  return required(inject(coreWordsKey), 'core words')
}

/**
 * Words of one feature: `const w = useWords(en, ja)`, where `ja: typeof en`, so that a missing key is a type error.
 * Both travel in the feature's own lazily loaded chunk. Values are strings or functions that make one.
 */
export function useWords<Words>(en: Words, ja: NoInfer<Words>): ComputedRef<Words> {
  const language = useLanguage()
  return computed(() => (language.value === 'ja' ? ja : en))
}

/** The language of the browser, as far as we speak it. */
export function detectLanguage(preferred: readonly string[]): Language {
  const known = preferred.find((tag) => /^(?:en|ja)\b/i.test(tag))
  return known !== undefined && /^ja/i.test(known) ? 'ja' : 'en'
}

/** Fetches one core catalogue; keeps trying, because without words there is no page. */
export async function loadCoreWords(language: Language): Promise<CoreWords> {
  for (;;) {
    try {
      return language === 'ja' ? (await import('./ja.ts')).ja : (await import('./en.ts')).en
    } catch {
      // The link broke in mid-load: the next try may find it back.
      await new Promise((resolve) => setTimeout(resolve, 2000))
    }
  }
}

function required<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`${what} is read outside the page`)
  return value
}
