import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { SoftwareAuthenticator } from '../access/software-authenticator.ts'
import { adminPassword, startTestServer } from './harness.ts'
import type { Client, TestServer } from './harness.ts'

type CreationOptions = Parameters<SoftwareAuthenticator['create']>[0]
type RequestOptions = Parameters<SoftwareAuthenticator['get']>[0]

let server: TestServer
let byName: string
let host: Record<string, string>
let admin: Client

beforeEach(async () => {
  server = await startTestServer()
  byName = server.base.replace('127.0.0.1', 'localhost')
  host = { host: byName.slice('http://'.length), origin: byName }
  admin = await server.setUp()
})
afterEach(() => server.close())

const post = (client: Client, path: string, body?: unknown) => client.post(path, body, { headers: host })

async function register(key: SoftwareAuthenticator, client = admin, origin = byName) {
  const options = (await post(client, '/api/passkeys/options', {})).json as CreationOptions
  const response = key.create(options, origin)
  return { response, answer: await post(client, '/api/passkeys', { name: 'my phone', response }) }
}

async function signInOptions(): Promise<RequestOptions> {
  return (await post(server.browser(), '/api/session/passkey/options')).json as RequestOptions
}

describe('a passkey', () => {
  it('is offered at the first sign-in at a host name, and not any more afterwards', async () => {
    const view = () => admin.get('/api/session', { headers: host })
    expect((await view()).json).toMatchObject({ state: 'signedIn', offerPasskey: true })
    expect((await register(new SoftwareAuthenticator())).answer.status).toBe(204)
    expect((await view()).json).toMatchObject({ offerPasskey: false })
    expect((await admin.get('/api/passkeys')).json).toMatchObject([{ name: 'my phone', rpId: 'localhost' }])
  })

  it('signs in without a password, while wrong passwords are being slowed', async () => {
    const key = new SoftwareAuthenticator()
    await register(key)
    for (let guess = 0; guess < 12; guess++) await server.browser().signIn('Ada', 'wrong wrong wrong')
    expect((await server.browser().signIn('Ada', adminPassword)).code).toBe('access/slowDown')
    const phone = server.browser()
    expect((await phone.get('/api/session', { headers: host })).json).toMatchObject({
      passkeysPossible: true,
    })
    const response = key.get(await signInOptions(), byName)
    const answer = await post(phone, '/api/session/passkey', { response, trust: true })
    expect(answer.json).toMatchObject({ state: 'signedIn', user: { name: 'Ada' } })
  })

  it('cannot be had on an IP address', async () => {
    expect((await admin.get('/api/session')).json).toMatchObject({ offerPasskey: false })
    expect((await admin.post('/api/passkeys/options', {})).code).toBe('access/passkeyRefused')
    expect((await server.browser().post('/api/session/passkey/options')).code).toBe('access/passkeyRefused')
  })

  it('is refused when its challenge was used before, also in parallel', async () => {
    const key = new SoftwareAuthenticator()
    await register(key)
    const response = key.get(await signInOptions(), byName)
    const answers = await Promise.all(
      Array.from({ length: 20 }, () =>
        post(server.browser(), '/api/session/passkey', { response, trust: false }),
      ),
    )
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(answers.filter(({ code }) => code === 'access/passkeyRefused')).toHaveLength(19)
  })

  it('is refused after 5 minutes', async () => {
    const key = new SoftwareAuthenticator()
    await register(key)
    const response = key.get(await signInOptions(), byName)
    server.clock.now += 5 * 60_000
    expect((await post(server.browser(), '/api/session/passkey', { response, trust: false })).status).toBe(
      403,
    )
  })

  it('is refused when the person was not verified', async () => {
    const key = new SoftwareAuthenticator()
    key.verifiesUser = false
    expect((await register(key)).answer.code).toBe('access/passkeyRefused')
    const good = new SoftwareAuthenticator()
    await register(good)
    good.verifiesUser = false
    const response = good.get(await signInOptions(), byName)
    expect((await post(server.browser(), '/api/session/passkey', { response, trust: false })).status).toBe(
      403,
    )
  })

  it('is refused from another origin, another key, or for another person', async () => {
    const key = new SoftwareAuthenticator()
    expect((await register(key, admin, 'https://evil.example')).answer.status).toBe(403)
    await register(key)
    const signIn = async (response: unknown) =>
      (await post(server.browser(), '/api/session/passkey', { response, trust: false })).status
    expect(await signIn(key.get(await signInOptions(), 'https://evil.example'))).toBe(403)
    const other = new SoftwareAuthenticator()
    other.userHandle = key.userHandle
    expect(await signIn(other.get(await signInOptions(), byName))).toBe(403)
    expect(
      await signIn({ ...other.get(await signInOptions(), byName), id: key.id.toString('base64url') }),
    ).toBe(403)
    key.userHandle = Buffer.from('somebody else').toString('base64url')
    expect(await signIn(key.get(await signInOptions(), byName))).toBe(403)
  })

  it('cannot be registered with the challenge of somebody else', async () => {
    const viewer = await server.signedIn('viewer')
    const options = (await post(admin, '/api/passkeys/options', {})).json as CreationOptions
    const response = new SoftwareAuthenticator().create(options, byName)
    expect((await post(viewer, '/api/passkeys', { name: 'x', response })).code).toBe('access/passkeyRefused')
  })

  it('needs the password again when the sign-in is long ago', async () => {
    server.clock.now += 16 * 60_000
    expect((await post(admin, '/api/passkeys/options', {})).code).toBe('access/stepUpNeeded')
    expect((await post(admin, '/api/passkeys/options', { password: 'wrong wrong' })).status).toBe(401)
    expect((await post(admin, '/api/passkeys/options', { password: adminPassword })).status).toBe(200)
  })

  it('is gone when its owner removes it, and only then', async () => {
    const key = new SoftwareAuthenticator()
    await register(key)
    const id = key.id.toString('base64url')
    const viewer = await server.signedIn('viewer')
    expect((await viewer.request('DELETE', `/api/passkeys/${id}`)).status).toBe(404)
    expect((await admin.request('DELETE', `/api/passkeys/${id}`)).status).toBe(204)
    const response = key.get(await signInOptions(), byName)
    expect((await post(server.browser(), '/api/session/passkey', { response, trust: false })).status).toBe(
      403,
    )
  })
})
