import { watch } from 'vue'
import type { RouteLocationNormalized, RouteLocationRaw, Router } from 'vue-router'
import type { SessionView } from '../server/contract/access.ts'
import { markGuest } from './api/guest-mark.ts'
import type { useLiveStore } from './api/live-store.ts'
import type { useSessionStore } from './api/session-store.ts'
import type { useTransportStore } from './api/transport-store.ts'

type Target = Pick<RouteLocationNormalized, 'name' | 'fullPath' | 'meta' | 'query'>
const retryMs = 3_000
/** The script in `index.html` reads it too. */
const hintKey = 'crashcart.signedIn'

/** Where somebody may be without a session. */
const strangerPages = new Set<unknown>(['sign-in', 'recover', 'join'])
/** Where a guest may be: the rest is about people, or about how things are set up. */
const guestPages = new Set<unknown>(['triage', 'machine', 'screen', 'where', 'rack', 'more', 'live'])

/** Where the page must be instead, or null when `to` is right. `view` null = the server has not answered yet. */
export function redirectFor(view: SessionView | null, to: Target): RouteLocationRaw | null {
  if (view === null) return null
  if (view.state === 'setup') return to.name === 'setup' ? null : { name: 'setup' }
  if (view.state === 'locked') return to.name === 'locked' ? null : { name: 'locked' }
  if (view.state === 'signedOut') {
    return strangerPages.has(to.name) ? null : { name: 'sign-in', query: { next: to.fullPath } }
  }
  // Whoever is in already is told there what the link would give, and why it must be opened elsewhere.
  if (to.name === 'join') return null
  if (view.state === 'guest') return guestPages.has(to.name) ? null : '/'
  if (to.meta.isPublic !== true) return null
  const { next } = to.query
  return typeof next === 'string' && /^\/(?!\/)/.test(next) ? next : '/'
}

/**
 * Keeps page and session together: redirects, opens the live link while somebody is in, asks again who is
 * looking when the server says goodbye or refuses the link. A browser that was signed in last time opens everything
 * at once instead of asking first.
 */
export function guardBySession(
  router: Router,
  session: ReturnType<typeof useSessionStore>,
  live: ReturnType<typeof useLiveStore>,
  transport: ReturnType<typeof useTransportStore>,
): void {
  transport.fallBackWhen(async () => (await session.load()) !== null && session.isIn)
  const wasSignedIn = readHint()
  if (wasSignedIn) live.start()
  const first = session.load()

  router.beforeEach(async (to) => {
    if (session.view === null && !wasSignedIn) await first
    return redirectFor(session.view, to) ?? true
  })
  // Who is looking may have come while the page's own code was on its way.
  router.beforeResolve((to) => redirectFor(session.view, to) ?? true)
  watch(
    () => session.view,
    (view, before) => {
      if (view === null) return
      writeHint(session.isIn)
      if (session.isIn) markGuest(session.guest !== null)
      if (session.isIn) live.start()
      else live.stop()
      const isVisitOver = before?.state === 'guest' && view.state === 'signedOut'
      const target = isVisitOver
        ? { name: 'join', query: { over: '' } }
        : redirectFor(view, router.currentRoute.value)
      if (target !== null && router.currentRoute.value.matched.length > 0) void router.replace(target)
    },
  )
  watch(
    () => live.signedOut || live.failedOpens >= 2,
    (doubtful) => {
      if (doubtful) void session.load()
    },
  )
  // A part of the page that does not come: perhaps something else answers.
  router.onError(() => void session.load())
  watch(
    () => session.failed,
    (failed) => {
      if (failed) setTimeout(() => void askUntilAnswered(), retryMs)
    },
  )
  async function askUntilAnswered(): Promise<void> {
    while ((await session.load()) === null) await new Promise((resolve) => setTimeout(resolve, retryMs))
  }
}

function readHint(): boolean {
  try {
    return localStorage.getItem(hintKey) === '1'
  } catch {
    // Without storage the page asks first.
    return false
  }
}

function writeHint(isSignedIn: boolean): void {
  try {
    localStorage.setItem(hintKey, isSignedIn ? '1' : '0')
  } catch {
    // As above.
  }
}
