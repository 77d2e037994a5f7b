import { createPinia, setActivePinia } from 'pinia'
import { createSSRApp, ref, type Component } from 'vue'
import { renderToString } from 'vue/server-renderer'
import { coreWordsIn, coreWordsKey, languageKey, type Language } from '../../web/locales/language.ts'
import { minuteKey, nowKey } from '../../web/ui/now.ts'

/** Stores of a page of its own, for the test that asks and what it renders. */
export function freshStores(): void {
  setActivePinia(createPinia())
}

/**
 * All words of one component as it is first drawn, with the stores of `freshStores`: markup taken out, one space between
 * what stands apart. `now`: the page's time, ms.
 */
export async function saidBy(
  component: Component,
  props: Record<string, unknown>,
  { language = 'en', now = 0 }: { language?: Language; now?: number } = {},
): Promise<string> {
  const app = createSSRApp(component, props)
  app.provide(languageKey, ref(language))
  app.provide(coreWordsKey, ref(coreWordsIn(language)))
  app.provide(nowKey, ref(now))
  app.provide(minuteKey, ref(now - (now % 60_000)))
  app.component('RouterLink', { template: '<a><slot /></a>' })
  const html = await renderToString(app)
  return html
    .replaceAll(/<!--.*?-->/g, '')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()
}
