import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { isApiError } from '../../../web/api/api-error.ts'
import type { ForeignAnswer } from '../../../web/api/foreign-answer.ts'
import { api } from '../../../web/api/http.ts'
import { useSessionStore } from '../../../web/api/session-store.ts'

const html = { 'content-type': 'text/html' }
const json = { 'content-type': 'application/json; charset=utf-8' }
/** What a browser makes of a redirect that it was told not to follow. */
const redirect = (): Response => Object.defineProperty(Response.error(), 'type', { value: 'opaqueredirect' })

const strangers: [string, () => Response, ForeignAnswer][] = [
  ['a redirect', redirect, { what: 'redirect', status: 0, by: '', title: '' }],
  [
    'a gateway',
    () => new Response('error code: 522', { status: 522, headers: { server: 'cloudflare' } }),
    { what: 'gateway', status: 522, by: 'cloudflare', title: '' },
  ],
  [
    'a page where data are due',
    () => new Response('<title lang="en">\n Sign\n in </title><script>', { headers: html }),
    { what: 'page', status: 200, by: '', title: 'Sign in' },
  ],
  [
    'a refusal that is not ours',
    () => new Response('<h1>Forbidden</h1>', { status: 403, headers: { ...html, server: 'nginx' } }),
    { what: 'page', status: 403, by: 'nginx', title: '' },
  ],
  [
    'a page with endless words',
    () =>
      new Response(`<title>${'x'.repeat(9000)}</title>`, { headers: { ...html, server: 'y'.repeat(900) } }),
    { what: 'page', status: 200, by: 'y'.repeat(40), title: 'x'.repeat(80) },
  ],
]

let answer: () => Response
beforeEach(() => {
  setActivePinia(createPinia())
  // Addresses are relative to the page.
  vi.stubGlobal(
    'Request',
    class extends Request {
      constructor(input: RequestInfo | URL, init?: RequestInit) {
        super(typeof input === 'string' ? new URL(input, 'https://rack.example.net') : input, init)
      }
    },
  )
  vi.stubGlobal('fetch', async () => answer())
})
afterEach(() => vi.unstubAllGlobals())

describe('an answer that is not Crashcart’s', () => {
  it.each(strangers)('is known as what it is: %s', async (_what, make, expected) => {
    answer = make
    const session = useSessionStore()
    expect(await session.load()).toBeNull()
    expect([session.foreign, session.failed]).toEqual([expected, true])
  })

  it.each(strangers)(
    'leaves in doubt what was asked, and is told to the whole page: %s',
    async (_what, make, expected) => {
      answer = make
      const failure = await api('post', 'devices/d1/power/actions', { body: {} }).catch(
        (error: unknown) => error,
      )
      expect(isApiError(failure) && [failure.code, failure.details]).toEqual(['link/foreign', expected])
      expect(useSessionStore().foreign).toEqual(expected)
    },
  )

  it('is forgotten when Crashcart answers again', async () => {
    answer = () => new Response('<html>', { headers: html })
    const session = useSessionStore()
    await session.load()
    answer = () => Response.json({ state: 'signedOut', passkeysPossible: false, serverTime: 1 })
    await session.load()
    expect([session.foreign, session.failed]).toEqual([null, false])
  })

  it('is not what Crashcart refuses itself', async () => {
    const body = { error: { code: 'power/busy', message: 'Busy.', details: { by: 'kei' } } }
    answer = () => new Response(JSON.stringify(body), { status: 409, headers: json })
    const failure = await api('post', 'devices/d1/power/actions', { body: {} }).catch(
      (error: unknown) => error,
    )
    expect(isApiError(failure) && [failure.code, failure.details]).toEqual(['power/busy', { by: 'kei' }])
    expect(useSessionStore().foreign).toBeNull()
  })
})
