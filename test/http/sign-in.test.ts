import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { adminPassword, startTestServer } from './harness.ts'
import type { Client, TestServer } from './harness.ts'

const day = 24 * 3600_000
let server: TestServer

beforeEach(async () => {
  server = await startTestServer()
})
afterEach(() => server.close())

const view = async (client: Client) => (await client.get('/api/session')).json as { state: string }

describe('setup', () => {
  const body = (name: string, code = server.setupCode ?? '') => ({
    code,
    name,
    password: adminPassword,
    trust: false,
  })

  it('makes one admin out of 20 posts in parallel', async () => {
    const posts = Array.from({ length: 20 }, (_, index) =>
      server.browser().post('/api/setup', body(`user${index}`)),
    )
    const statuses = (await Promise.all(posts)).map(({ status }) => status)
    expect(statuses.filter((status) => status === 200)).toHaveLength(1)
    expect(statuses.filter((status) => status === 409)).toHaveLength(19)
    expect(await server.store.users.count()).toBe(1)
  })

  it('refuses a wrong code and works with the right one afterwards', async () => {
    const browser = server.browser()
    expect(await browser.post('/api/setup', body('Ada', 'AAAA-AAAA-AAAA-AAAA'))).toMatchObject({
      code: 'access/setupCodeWrong',
    })
    expect(await view(browser)).toMatchObject({ state: 'setup' })
    expect((await browser.post('/api/setup', body('Ada'))).json).toMatchObject({ state: 'signedIn' })
  })

  it('takes the code in small letters and without dashes', async () => {
    const code = (server.setupCode ?? '').toLowerCase().replaceAll('-', '')
    expect((await server.browser().post('/api/setup', body('Ada', code))).status).toBe(200)
  })

  it('cannot be done twice, not even with the code', async () => {
    await server.setUp()
    expect(await server.browser().post('/api/setup', body('Eve'))).toMatchObject({ code: 'access/setupDone' })
    expect(await server.access.setup.issueCode()).toBeNull()
  })
})

describe('a locked database', () => {
  it.each(['databaseMissing', 'databaseDamaged', 'databaseNewer'] as const)(
    '%s shows no setup',
    async (problem) => {
      const locked = await startTestServer({ problem })
      const browser = locked.browser()
      expect(await view(browser)).toEqual({ state: 'locked', reason: problem })
      expect(locked.setupCode).toBeNull()
      const setup = { code: 'x', name: 'Eve', password: adminPassword, trust: false }
      expect((await browser.post('/api/setup', setup)).status).toBe(503)
      expect((await browser.signIn('Ada', adminPassword)).status).toBe(503)
      await locked.close()
    },
  )
})

describe('signing in', () => {
  beforeEach(() => server.setUp())

  it('sets a strict HttpOnly cookie whose token is stored only as a hash', async () => {
    const browser = server.browser()
    const { headers } = await browser.signIn('ada', adminPassword)
    const line = headers['set-cookie']?.find((text) => text.startsWith('sid=')) ?? ''
    expect(line).toMatch(/^sid=[A-Za-z0-9_-]{43}; Path=\/; HttpOnly; SameSite=Strict$/)
    expect(await view(browser)).toMatchObject({ state: 'signedIn', user: { name: 'Ada', role: 'admin' } })
    expect(await server.store.sessions.findByToken(browser.cookies.get('sid') ?? '', 0)).toBeNull()
  })

  it('answers an unknown user like a wrong password', async () => {
    const wrong = await server.browser().signIn('Ada', 'not the password')
    const unknown = await server.browser().signIn('Nobody', 'not the password')
    expect(wrong).toMatchObject({ status: 401, code: 'access/wrongCredentials' })
    expect([unknown.status, unknown.text]).toEqual([wrong.status, wrong.text])
    expect(Object.keys(unknown.headers).sort()).toEqual(Object.keys(wrong.headers).sort())
    const tried = (await server.access.audit.list(50, null, null)).filter(
      ({ event }) => event === 'session.refused',
    )
    expect(tried.map(({ detail }) => detail['name']).slice(0, 2)).toEqual(['Nobody', 'Ada'])
  })

  it('forgets an untrusted browser 12 hours after the sign-in', async () => {
    const browser = server.browser()
    await browser.signIn('Ada', adminPassword)
    server.clock.now += 12 * 3600_000 - 1000
    expect(await view(browser)).toMatchObject({ state: 'signedIn' })
    server.clock.now += 2000
    expect(await view(browser)).toMatchObject({ state: 'signedOut' })
  })

  it('keeps a trusted phone for 180 days after its last use', async () => {
    const phone = server.browser()
    const { headers } = await phone.signIn('Ada', adminPassword, true)
    expect(headers['set-cookie']?.[0]).toMatch(/Max-Age=34560000/)
    for (let round = 0; round < 3; round++) {
      server.clock.now += 170 * day
      expect((await phone.post('/api/hosts', { name: `h${round}.lan` })).status).toBe(204)
    }
    server.clock.now += 181 * day
    expect(await view(phone)).toMatchObject({ state: 'signedOut' })
  })

  it('lists sessions and lets their owner end one', async () => {
    const [phone, laptop] = [server.browser(), server.browser()]
    await phone.signIn('Ada', adminPassword, true)
    await laptop.request('POST', '/api/session', {
      body: { name: 'Ada', password: adminPassword, trust: false },
      headers: { 'user-agent': 'Laptop\r\n\tof'.replace('\r\n\t', ' ') },
    })
    const rows = (await phone.get('/api/sessions')).json as {
      id: string
      userAgent: string
      current: boolean
    }[]
    expect(rows).toHaveLength(3)
    const other = rows.find(({ userAgent }) => userAgent === 'Laptop of')
    expect(other?.current).toBe(false)
    expect((await phone.request('DELETE', `/api/sessions/${other?.id}`)).status).toBe(204)
    expect(await view(laptop)).toMatchObject({ state: 'signedOut' })
    expect(await view(phone)).toMatchObject({ state: 'signedIn' })
    expect((await phone.request('DELETE', `/api/sessions/${other?.id}`)).status).toBe(404)
  })

  it("shows and ends nobody else's sessions for those who are not admin", async () => {
    const viewer = await server.signedIn('viewer')
    const rows = (await viewer.get('/api/sessions')).json as { id: string; userName: string }[]
    expect(rows.map(({ userName }) => userName)).toEqual(['viewer1'])
    const [admins] = await server.store.sessions
      .list(null, server.clock.now)
      .then((all) => all.filter(({ userName }) => userName === 'Ada'))
    expect((await viewer.request('DELETE', `/api/sessions/${admins?.id}`)).status).toBe(404)
  })

  it('signs out on the server, not only in the browser', async () => {
    const browser = server.browser()
    await browser.signIn('Ada', adminPassword)
    const cookie = browser.cookieHeader
    expect((await browser.request('DELETE', '/api/session')).status).toBe(204)
    expect(browser.cookies.has('sid')).toBe(false)
    const again = await browser.get('/api/session', { headers: { cookie } })
    expect(again.json).toMatchObject({ state: 'signedOut' })
  })

  it('gives a browser that signs in again a new session and ends the former', async () => {
    const browser = server.browser()
    await browser.signIn('Ada', adminPassword)
    const before = browser.cookies.get('sid')
    await browser.signIn('Ada', adminPassword)
    expect(browser.cookies.get('sid')).not.toBe(before)
    const old = await browser.get('/api/session', { headers: { cookie: `sid=${before}` } })
    expect(old.json).toMatchObject({ state: 'signedOut' })
  })

  it('takes a changed password everywhere at once', async () => {
    const [phone, laptop] = [server.browser(), server.browser()]
    await phone.signIn('Ada', adminPassword, true)
    await laptop.signIn('Ada', adminPassword)
    const wrong = { current: 'wrong wrong wrong', password: 'a new long password' }
    expect((await phone.post('/api/session/password', wrong)).status).toBe(401)
    const right = { current: adminPassword, password: 'a new long password' }
    expect((await phone.post('/api/session/password', right)).status).toBe(204)
    expect(await view(phone)).toMatchObject({ state: 'signedIn' })
    expect(await view(laptop)).toMatchObject({ state: 'signedOut' })
    expect((await laptop.signIn('Ada', adminPassword)).status).toBe(401)
    expect((await laptop.signIn('Ada', 'a new long password')).status).toBe(200)
  })
})

describe('a browser that is known', () => {
  beforeEach(() => server.setUp())

  it('gets its mark anew whenever the page starts, trusted or not', async () => {
    const browser = server.browser()
    await browser.signIn('Ada', adminPassword)
    const mark = browser.cookies.get('known')
    const { headers } = await browser.get('/api/session')
    expect(headers['set-cookie']).toEqual([expect.stringMatching(`^known=${mark};.* Max-Age=34560000`)])
    await browser.signIn('Ada', adminPassword, true)
    expect((await browser.get('/api/session')).headers['set-cookie']).toHaveLength(2)
    expect((await server.browser().get('/api/session')).headers['set-cookie']).toBeUndefined()
  })

  it('stays known when its owner changes the password on it; others become strangers', async () => {
    const [phone, laptop] = [server.browser(), server.browser()]
    await phone.signIn('Ada', adminPassword, true)
    await laptop.signIn('Ada', adminPassword, true)
    const next = 'a new long password'
    await phone.post('/api/session/password', { current: adminPassword, password: next })
    await phone.request('DELETE', '/api/session')
    for (let guess = 0; guess < 4; guess++) await server.browser().signIn('Ada', `guess ${guess}`)
    expect((await laptop.signIn('Ada', next)).code).toBe('access/slowDown')
    expect((await phone.signIn('Ada', next)).status).toBe(200)
  })
})

describe('users', () => {
  it('change their own password only where the current one is asked', async () => {
    const admin = await server.setUp()
    const { user } = (await admin.get('/api/session')).json as { user: { id: string } }
    const body = { password: 'a new long password' }
    const answer = await admin.request('PATCH', `/api/users/${user.id}`, { body })
    expect(answer.code).toBe('access/stepUpNeeded')
    expect((await server.browser().signIn('Ada', adminPassword)).status).toBe(200)
  })

  it('keeps the last admin, whoever asks in whatever way', async () => {
    const admin = await server.setUp()
    const { user } = (await admin.get('/api/session')).json as { user: { id: string } }
    const remove = () => admin.request('DELETE', `/api/users/${user.id}`)
    expect(await remove()).toMatchObject({ status: 409, code: 'access/lastAdmin' })
    const demote = await admin.request('PATCH', `/api/users/${user.id}`, { body: { role: 'viewer' } })
    expect(demote.code).toBe('access/lastAdmin')
    await server.signedIn('admin')
    expect((await remove()).status).toBe(204)
    expect(await view(admin)).toMatchObject({ state: 'signedOut' })
  })

  it('are told whom to ask for what they may not do', async () => {
    const admin = await server.setUp()
    const viewer = await server.signedIn('viewer')
    expect(await view(viewer)).toMatchObject({ state: 'signedIn', ask: 'Ada' })
    expect(await view(admin)).toMatchObject({ state: 'signedIn', ask: null })
  })

  it('refuses a name that is taken in other letters', async () => {
    const admin = await server.setUp()
    const body = { name: 'ADA', password: adminPassword, role: 'viewer' }
    expect((await admin.post('/api/users', body)).code).toBe('inventory/duplicateName')
  })

  it('shows no password hash to anybody', async () => {
    const admin = await server.setUp()
    expect((await admin.get('/api/users')).text).not.toContain('argon2')
  })
})
