import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { GuestLinkRow, GuestOffer, NewGuestLink } from '../../server/contract/guest.ts'
import { newToken, tokenHash } from '../../server/access/token.ts'
import type { SocketRoute } from '../../server/http/route.ts'
import { Client, adminPassword, closeCode, startTestServer } from './harness.ts'
import type { TestServer } from './harness.ts'

const hour = 3600_000
const live: SocketRoute = {
  url: '/api/live',
  access: 'signedInOrGuest',
  maxPayloadBytes: 100,
  messages: {},
  open: ({ socket, principal }) => socket.send(principal.name),
}

let server: TestServer
let admin: Client

beforeAll(async () => {
  server = await startTestServer({ sockets: [live] })
  admin = await server.setUp()
})
afterAll(() => server.close())
/** One server for all: each test finds no link, and times of its own. */
beforeEach(() => void (server.clock.now += 60_000))
afterEach(async () => {
  for (const { id } of await running()) await admin.request('DELETE', `/api/guest-links/${id}`)
})

async function make(body: object = {}, by = admin): Promise<NewGuestLink> {
  const answer = await by.post('/api/guest-links', { level: 'type', deviceId: 'nas1', ...body })
  expect(answer.status, answer.text).toBe(200)
  return answer.json as NewGuestLink
}
const join = (client: Client, token: string, name = 'Mia', claim = newToken()) =>
  client.post('/api/guest/join', { token, name, claim })
const view = async (client: Client) => (await client.get('/api/session')).json
const running = async () => (await admin.get('/api/guest-links')).json as GuestLinkRow[]
const self = async (client: Client) => ((await view(client)) as { user: { id: string; name: string } }).user
const events = async () =>
  (await server.access.audit.list(50, null, null)).map(({ event, actorName }) => `${actorName}: ${event}`)

describe('a guest link', () => {
  it('lasts two hours unless said otherwise, 24 at most, for one machine or all', async () => {
    const { id, token, expiresAt } = await make()
    expect(expiresAt).toBe(server.clock.now + 2 * hour)
    await make({ deviceId: null, forMs: 24 * hour })
    for (const body of [
      { forMs: 24 * hour + 1 },
      { forMs: 1000 },
      { level: 'manage' },
      { deviceId: 'gone' },
      { byUserId: 'x' },
    ]) {
      const answer = await admin.post('/api/guest-links', { level: 'look', deviceId: 'nas1', ...body })
      expect([400, 404]).toContain(answer.status)
    }
    expect(await running()).toHaveLength(2)
    expect(await running()).toContainEqual({
      id,
      deviceId: 'nas1',
      level: 'type',
      byName: 'Ada',
      createdAt: server.clock.now,
      expiresAt,
      guest: null,
    })
    expect((await admin.get('/api/guest-links')).text).not.toContain(token)
    const stored = await server.store.guestLinks.findByToken(tokenHash(token), server.clock.now)
    expect(stored?.id).toBe(id)
    expect(JSON.stringify(stored)).not.toContain(token)
  })

  it('tells what it gives, and is not spent by telling it, by previews or by any GET', async () => {
    const { token, expiresAt } = await make()
    for (const path of ['/join', `/join?${token}`, `/api/guest/join?token=${token}`, '/api/guest/offer']) {
      await server.browser().get(path)
    }
    for (let round = 0; round < 3; round++) {
      const { json } = await server.browser().post('/api/guest/offer', { token })
      expect(json).toEqual({
        byName: 'Ada',
        machine: 'name of nas1',
        level: 'type',
        expiresAt,
        serverTime: server.clock.now,
        taken: null,
      } satisfies GuestOffer)
    }
    expect((await join(server.browser(), token)).status).toBe(200)
  })

  it('lets one person in, out of fifty at once, and tells the others who', async () => {
    const { token } = await make()
    const names = Array.from({ length: 50 }, (_, index) => `Guest ${index}`)
    const answers = await Promise.all(names.map((name) => join(server.browser(), token, name)))
    const winners = answers.filter(({ status }) => status === 200)
    expect(winners).toHaveLength(1)
    const [{ guest } = { guest: null }] = await running()
    const losers = answers.filter(({ status }) => status === 409)
    expect(losers).toHaveLength(49)
    for (const { code, json } of losers) {
      expect(code).toBe('guest/linkTaken')
      expect(json).toMatchObject({ error: { details: { name: guest?.name, joinedAt: server.clock.now } } })
    }
    expect((await server.browser().post('/api/guest/offer', { token })).json).toMatchObject({
      taken: { name: guest?.name },
    })
  })

  it('lets the same browser in again when the answer was lost, under its first name', async () => {
    const { token } = await make()
    const [lost, again] = [server.browser(), server.browser()]
    const claim = newToken()
    await join(lost, token, 'Mia', claim)
    expect((await join(again, token, 'Ada', claim)).json).toMatchObject({ name: 'Mia (guest)' })
    expect(await view(lost)).toMatchObject({ state: 'signedOut' })
    expect(await view(again)).toMatchObject({ state: 'guest' })
  })

  it('shows its guest by a name that is never an account’s', async () => {
    const { token, expiresAt } = await make()
    const guest = server.browser()
    const { json } = await join(guest, token, ' Ada ')
    expect(json).toEqual({
      state: 'guest',
      serverTime: server.clock.now,
      sessionId: expect.any(String),
      name: 'Ada (guest)',
      byName: 'Ada',
      level: 'type',
      deviceId: 'nas1',
      expiresAt,
    })
    let hello = ''
    const socket = await guest.upgrade('/api/live', {}, (text) => (hello = text))
    if (typeof socket === 'number') throw new Error(`refused with ${socket}`)
    await expect.poll(() => hello).toBe('Ada (guest)')
    expect(await events()).toEqual(
      expect.arrayContaining(['Ada: guest.linkMade', 'Ada (guest): guest.joined']),
    )
    for (const name of ['', ' ', 'a\nb', 'x'.repeat(41)]) {
      expect((await join(server.browser(), (await make()).token, name)).status).toBe(400)
    }
  })

  it('leaves no mark of a known browser, and makes no account', async () => {
    const guest = await server.guest('everything', null)
    expect([...guest.cookies.keys()]).toEqual(['sid'])
    const names = ((await admin.get('/api/users')).json as { name: string }[]).map(({ name }) => name)
    expect(names.filter((name) => name.includes('Mia'))).toEqual([])
    expect((await admin.get('/api/sessions')).text).not.toContain('Mia')
  })

  it('is refused in a browser that is signed in, which stays so, and the link is not spent', async () => {
    const { token } = await make()
    expect((await join(admin, token)).code).toBe('access/signedInAlready')
    expect(await view(admin)).toMatchObject({ state: 'signedIn' })
    expect((await join(server.browser(), token)).status).toBe(200)
  })
})

describe('a guest is out', () => {
  type Case = { maker: Client; id: string }
  const byAdmin = async (method: string, { maker }: Case, body?: object) =>
    admin.request(method, `/api/users/${(await self(maker)).id}`, { body })

  it.each<[string, (made: Case) => Promise<unknown>]>([
    ['when an admin ends the link', ({ id }) => admin.request('DELETE', `/api/guest-links/${id}`)],
    ['when its time is over', async () => void (server.clock.now += 2 * hour)],
    [
      'when whoever made it changes the password',
      ({ maker }) =>
        maker.post('/api/session/password', { current: adminPassword, password: 'a new long password' }),
    ],
    [
      'when that password is reset at the host',
      async ({ maker }) => server.access.users.resetPassword((await self(maker)).name, 'a new long password'),
    ],
    ['when whoever made it is no admin any more', (made) => byAdmin('PATCH', made, { role: 'viewer' })],
    ['when whoever made it is removed', (made) => byAdmin('DELETE', made)],
  ])('%s: sockets close within 2 s, and the link lets nobody in again', async (_when, end) => {
    const maker = await server.signedIn('admin')
    const { id, token } = await make({}, maker)
    const guest = server.browser()
    const claim = newToken()
    await join(guest, token, 'Mia', claim)
    const socket = await guest.upgrade('/api/live')
    if (typeof socket === 'number') throw new Error(`refused with ${socket}`)
    const closed = closeCode(socket)
    await end({ maker, id })
    const from = performance.now()
    expect(await closed).toBe(4401)
    expect(performance.now() - from).toBeLessThan(2000)
    expect(await view(guest)).toMatchObject({ state: 'signedOut' })
    expect((await join(guest, token, 'Mia', claim)).code).toBe('guest/linkOver')
    expect((await guest.post('/api/guest/offer', { token })).status).toBe(410)
  })

  it('when it goes by itself, and then the link is over', async () => {
    const guest = await server.guest('look', 'nas1')
    expect((await guest.request('DELETE', '/api/session')).status).toBe(204)
    expect(await running()).toEqual([])
    expect(await events()).toContain('Mia (guest): guest.left')
  })

  it('when somebody signs in on its browser', async () => {
    const guest = await server.guest('look', 'nas1')
    expect((await guest.signIn('Ada', adminPassword)).json).toMatchObject({ state: 'signedIn' })
    expect(await running()).toEqual([])
  })

  it('of the former link when it joins by another', async () => {
    const guest = await server.guest('look', 'nas1')
    const { id, token } = await make({ level: 'everything' })
    expect((await join(guest, token)).json).toMatchObject({ state: 'guest', level: 'everything' })
    expect((await running()).map((row) => row.id)).toEqual([id])
  })

  it('only when the link is one that there is', async () => {
    expect((await admin.request('DELETE', '/api/guest-links/none')).status).toBe(404)
    expect((await server.browser().post('/api/guest/offer', { token: newToken() })).code).toBe(
      'guest/linkOver',
    )
    expect((await server.browser().post('/api/guest/offer', { token: '' })).code).toBe('guest/linkOver')
  })
})
