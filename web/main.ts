import { createPinia } from 'pinia'
import { createApp, toRef } from 'vue'
import App from './App.vue'
import { useClockStore } from './api/clock-store.ts'
import { useLiveStore } from './api/live-store.ts'
import { usePreferencesStore } from './api/preferences-store.ts'
import { useSessionStore } from './api/session-store.ts'
import { useTransportStore } from './api/transport-store.ts'
import { coreWordsKey, languageKey } from './locales/language.ts'
import { makeRouter } from './router.ts'
import { guardBySession } from './session-guard.ts'
import { minuteKey, nowKey } from './ui/now.ts'
import './styles/tokens.css'
import './styles/base.css'

const app = createApp(App)
app.use(createPinia())
const preferences = usePreferencesStore()
const router = makeRouter()

// Session and live data travel while the page is being made: on a bad link each round trip costs half a second.
guardBySession(router, useSessionStore(), useLiveStore(), useTransportStore())

app.provide(languageKey, toRef(preferences, 'language'))
app.provide(coreWordsKey, toRef(preferences, 'coreWords'))
app.provide(nowKey, toRef(useClockStore(), 'now'))
app.provide(minuteKey, toRef(useClockStore(), 'minute'))
app.use(router)
app.mount('#app')
