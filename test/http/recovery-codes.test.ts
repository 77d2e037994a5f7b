import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { NewRecoveryCodes, RecoveryCodesView, SessionRow } from '../../server/contract/access.ts'
import { Client, adminPassword, startTestServer } from './harness.ts'
import type { TestServer } from './harness.ts'

const minute = 60_000
let server: TestServer
let admin: Client

beforeAll(async () => {
  server = await startTestServer()
  admin = await server.setUp()
})
afterAll(() => server.close())
/** Strangers’ budget of the test before is not this one’s. */
beforeEach(() => void (server.clock.now += 10 * minute))

type View = { state: string; user: { id: string; name: string }; passphraseNeeded: boolean }
const viewOf = async (client: Client) => (await client.get('/api/session')).json as View
const codesOf = async (client: Client) => (await client.get('/api/recovery-codes')).json as RecoveryCodesView
const recover = (client: Client, name: string, code: string) =>
  client.post('/api/session/recovery', { name, code, trust: false })

/** Somebody new, with ten codes. */
async function somebody() {
  const client = await server.signedIn('operator')
  const { name, id } = (await viewOf(client)).user
  const answer = await client.post('/api/recovery-codes', {})
  expect(answer.status, answer.text).toBe(200)
  const [first = '', ...others] = (answer.json as NewRecoveryCodes).codes
  return { client, name, id, first, others, all: [first, ...others] }
}
async function eventsOf(name: string) {
  const rows = await server.access.audit.list(50, null, null)
  return rows.filter(({ actorName, detail }) => actorName === name || detail['name'] === name)
}

describe('recovery codes', () => {
  it('are ten different ones, told once, and stored only as hashes', async () => {
    const { client, all, id } = await somebody()
    expect(new Set(all).size).toBe(10)
    for (const code of all) expect(code).toMatch(/^(?:[0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$/)
    const at = server.clock.now
    expect(await codesOf(client)).toEqual({ left: 10, made: 10, madeAt: at, usedAt: [] })
    const { text } = await client.get('/api/recovery-codes')
    for (const code of all) {
      expect(text).not.toContain(code)
      for (const stored of [code, code.replaceAll('-', '')]) {
        expect(await server.store.recoveryCodes.spend(id, stored, at)).toBe(false)
      }
    }
  })

  it('let somebody in once, however they are typed, who then sets a new passphrase', async () => {
    const { client, name, first, others } = await somebody()
    const phone = server.browser()
    const typed = ` ${first.toLowerCase().replaceAll('-', ' ')} `
    expect((await recover(phone, name, typed)).json).toMatchObject({
      state: 'signedIn',
      user: { name },
      passphraseNeeded: true,
    })
    expect((await recover(server.browser(), name, first)).status).toBe(401)
    expect((await phone.post('/api/session/password', { password: 'a new long password' })).status).toBe(204)
    expect(await viewOf(phone)).toMatchObject({ state: 'signedIn', passphraseNeeded: false })
    expect(await viewOf(client)).toMatchObject({ state: 'signedOut' })
    const again = await phone.post('/api/session/password', { password: 'another long password' })
    expect(again).toMatchObject({ status: 403, code: 'access/stepUpNeeded' })
    expect((await server.browser().signIn(name, 'a new long password')).status).toBe(200)
    expect(await codesOf(phone)).toMatchObject({ left: 9, made: 10 })
    expect((await recover(server.browser(), name, others[0] ?? '')).status).toBe(200)
  })

  it('make one session out of 20 posts of one code in parallel', async () => {
    const { client, name, first } = await somebody()
    // Browsers that signed in before: nothing slows them, so that all posts race for the code.
    const browsers: Client[] = []
    for (let round = 0; round < 5; round++) {
      const browser = server.browser()
      expect((await browser.signIn(name, adminPassword)).status).toBe(200)
      await browser.request('DELETE', '/api/session')
      browsers.push(browser)
    }
    const before = ((await client.get('/api/sessions')).json as SessionRow[]).length
    const posts = Array.from({ length: 20 }, (_, index) =>
      recover(browsers[index % 5] ?? client, name, first),
    )
    const statuses = (await Promise.all(posts)).map(({ status }) => status)
    expect(statuses.filter((status) => status === 200)).toHaveLength(1)
    expect(statuses.filter((status) => status === 401)).toHaveLength(19)
    expect((await client.get('/api/sessions')).json).toHaveLength(before + 1)
    expect(await codesOf(client)).toMatchObject({ left: 9 })
  })

  it('are slowed after wrong ones like passphrases are, in one count with them', async () => {
    const { name, first } = await somebody()
    const attacker = server.browser()
    const answers = []
    for (let round = 0; round < 3; round++) {
      answers.push((await recover(attacker, name, '0000-0000-0000-0000')).status)
      answers.push((await attacker.signIn(name, 'not the password')).status)
    }
    expect(answers.slice(0, 3)).toEqual([401, 401, 401])
    expect(answers.at(-1)).toBe(429)
    expect(await recover(attacker, name, first)).toMatchObject({ status: 429, code: 'access/slowDown' })
    server.clock.now += minute
    expect((await recover(attacker, name, first)).status).toBe(200)
  })

  it('answer for an unknown name as for a wrong code, and are good for their own person only', async () => {
    const [one, other] = [await somebody(), await somebody()]
    const wrong = await recover(server.browser(), one.name, '0000-0000-0000-0000')
    expect(wrong).toMatchObject({ status: 401, code: 'access/wrongCredentials' })
    for (const [name, code] of [
      ['Nobody', one.first],
      [one.name, other.first],
      [one.name, ''],
    ] as const) {
      server.clock.now += minute
      const answer = await recover(server.browser(), name, code)
      expect([answer.status, answer.text]).toEqual([wrong.status, wrong.text])
    }
    expect(await codesOf(other.client)).toMatchObject({ left: 10 })
  })

  it('are in the record and on the account page when they are made, used and refused', async () => {
    const { client, name, first, all } = await somebody()
    await recover(server.browser(), name, 'WRONG')
    const usedAt = (server.clock.now += minute)
    await recover(server.browser(), name, first)
    expect(await codesOf(client)).toMatchObject({ left: 9, made: 10, usedAt: [usedAt] })
    const rows = await eventsOf(name)
    expect(rows.map(({ event }) => event)).toEqual(
      expect.arrayContaining(['recovery.renewed', 'recovery.used', 'session.started', 'session.refused']),
    )
    expect(rows.find(({ event }) => event === 'session.started')?.detail).toMatchObject({
      how: 'recoveryCode',
    })
    for (const code of all) expect(JSON.stringify(rows)).not.toContain(code)
  })

  it('are made anew by who just signed in or gives the passphrase, and the former stop working', async () => {
    const { client, name, first } = await somebody()
    server.clock.now += 16 * minute
    expect(await client.post('/api/recovery-codes', {})).toMatchObject({ code: 'access/stepUpNeeded' })
    expect((await client.post('/api/recovery-codes', { password: 'not the password' })).status).toBe(401)
    const renewed = await client.post('/api/recovery-codes', { password: adminPassword })
    expect((renewed.json as NewRecoveryCodes).codes).toHaveLength(10)
    expect((await recover(server.browser(), name, first)).status).toBe(401)
    expect(await codesOf(client)).toMatchObject({ left: 10, made: 10 })
  })

  it('stand in for the passphrase an hour, not longer', async () => {
    const { name, first } = await somebody()
    const phone = server.browser()
    await recover(phone, name, first)
    server.clock.now += 61 * minute
    expect(await viewOf(phone)).toMatchObject({ passphraseNeeded: false })
    const late = await phone.post('/api/session/password', { password: 'a new long password' })
    expect(late).toMatchObject({ status: 403, code: 'access/stepUpNeeded' })
  })

  it('are gone when somebody else sets the passphrase', async () => {
    const { name, id, first } = await somebody()
    const reset = await admin.request('PATCH', `/api/users/${id}`, {
      body: { password: 'a new long password' },
    })
    expect(reset.status).toBe(204)
    expect((await recover(server.browser(), name, first)).status).toBe(401)
  })
})
