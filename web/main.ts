import { createPinia } from 'pinia'
import { createApp, toRef } from 'vue'
import App from './App.vue'
import { useClockStore } from './api/clock-store.ts'
import { useLiveStore } from './api/live-store.ts'
import { usePreferencesStore } from './api/preferences-store.ts'
import { useSessionStore } from './api/session-store.ts'
import { coreWordsKey, languageKey } from './locales/language.ts'
import { makeRouter } from './router.ts'
import { guardBySession } from './session-guard.ts'
import { nowKey } from './ui/now.ts'
import './styles/tokens.css'
import './styles/base.css'

void start()

async function start(): Promise<void> {
  const app = createApp(App)
  app.use(createPinia())
  const preferences = usePreferencesStore()
  const router = makeRouter()

  // Words, session and live data travel side by side: on a bad link each round trip in a row costs half a second.
  const wordsReady = preferences.speak(preferences.language)
  const live = useLiveStore()
  guardBySession(router, useSessionStore(), live)
  // With the link alive, a part that cannot be loaded belongs to an older build: open the address anew.
  router.onError((_error, to) => {
    if (live.isLive) location.assign(to.fullPath)
  })
  const words = await wordsReady

  app.provide(languageKey, toRef(preferences, 'language'))
  app.provide(
    coreWordsKey,
    toRef(() => preferences.coreWords ?? words),
  )
  app.provide(nowKey, toRef(useClockStore(), 'now'))
  app.use(router)
  app.mount('#app')
}
