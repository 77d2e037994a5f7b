import { computed, inject, type ComputedRef, type InjectionKey, type Ref } from 'vue'
import { en, type CoreWords } from './en.ts'
import { ja } from './ja.ts'

export const languages = ['en', 'ja'] as const
export type Language = (typeof languages)[number]

/** Provided once by main.ts; `useWords` and `useTimes` read it. */
export const languageKey: InjectionKey<Readonly<Ref<Language>>> = Symbol('language')
/** The core catalogue of the page's language. */
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

/** The words of the first screen. Both languages come with the first script: 1 kB more, and one round trip less. */
export function coreWordsIn(language: Language): CoreWords {
  return language === 'ja' ? ja : en
}

function required<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`${what} is read outside the page`)
  return value
}
