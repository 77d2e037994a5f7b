import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { adminPassword, startTestServer } from './harness.ts'
import type { Client, TestServer } from './harness.ts'

let server: TestServer
let admin: Client

beforeAll(async () => {
  server = await startTestServer()
  admin = await server.setUp()
})
afterAll(() => server.close())

const names = async () => ((await admin.get('/api/users')).json as { name: string }[]).map(({ name }) => name)

describe('a body', () => {
  it.each([
    ['text/plain', '{"name":"x.lan"}'],
    ['application/x-www-form-urlencoded', 'name=x.lan'],
    [
      'multipart/form-data; boundary=b',
      '--b\r\ncontent-disposition: form-data; name="name"\r\n\r\nx.lan\r\n--b--',
    ],
    ['application/json-patch+json', '[]'],
    ['application/xml', '<a/>'],
    [undefined, '{"name":"x.lan"}'],
  ])('of type %s is refused with 415', async (type, raw) => {
    const answer = await admin.request('POST', '/api/hosts', { raw, headers: { 'content-type': type } })
    expect(answer).toMatchObject({ status: 415, code: 'request/unsupportedMedia' })
  })

  it('as JSON with a charset is taken', async () => {
    const headers = { 'content-type': 'application/json; charset=utf-8' }
    expect((await admin.request('POST', '/api/hosts', { raw: '{"name":"y.lan"}', headers })).status).toBe(204)
  })

  const user = { name: 'Eve', password: adminPassword, role: 'viewer' }
  it.each([
    [
      '__proto__',
      `{"name":"Eve","password":"${adminPassword}","role":"viewer","__proto__":{"role":"admin"}}`,
    ],
    [
      'constructor',
      `{"name":"Eve","password":"${adminPassword}","role":"viewer","constructor":{"prototype":{}}}`,
    ],
    ['id', JSON.stringify({ ...user, id: 'mine' })],
    ['isLimited', JSON.stringify({ ...user, isLimited: false })],
    ['createdAt', JSON.stringify({ ...user, createdAt: 0 })],
  ])('with %s is refused', async (_field, raw) => {
    const headers = { 'content-type': 'application/json' }
    const answer = await admin.request('POST', '/api/users', { raw, headers })
    expect(answer).toMatchObject({ status: 400, code: 'request/invalid' })
    expect(await names()).not.toContain('Eve')
  })

  it('with a role at sign-in or setup is refused', async () => {
    const browser = server.browser()
    const signIn = { name: 'Ada', password: adminPassword, trust: false, role: 'admin' }
    expect((await browser.post('/api/session', signIn)).status).toBe(400)
    const setup = { code: 'x', name: 'Eve', password: adminPassword, trust: false, role: 'admin' }
    expect((await browser.post('/api/setup', setup)).status).toBe(400)
  })

  it('that is too large, broken or missing is refused', async () => {
    const headers = { 'content-type': 'application/json' }
    const large = JSON.stringify({ name: 'x'.repeat(300_000) })
    expect((await admin.request('POST', '/api/hosts', { raw: large, headers })).status).toBe(413)
    expect((await admin.request('POST', '/api/hosts', { raw: '{"name":', headers })).status).toBe(400)
    expect((await admin.request('POST', '/api/hosts', { raw: '', headers })).status).toBe(400)
    expect((await admin.request('POST', '/api/hosts')).status).toBe(400)
  })

  it('where none belongs is refused', async () => {
    expect((await admin.request('DELETE', '/api/session', { body: { all: true } })).status).toBe(400)
    expect((await admin.get('/api/session')).json).toMatchObject({ state: 'signedIn' })
  })

  it('unknown query fields are refused', async () => {
    expect((await admin.get('/api/users?all=1')).status).toBe(400)
    expect((await admin.get('/api/audit?limit=2&before=100')).status).toBe(200)
    expect((await admin.get('/api/audit?limit=9999')).status).toBe(400)
  })

  it('never comes back in a refusal', async () => {
    const { text } = await admin.post('/api/session', { name: 'Ada', password: 'hunter2-hunter2', trust: 1 })
    expect(text).not.toContain('hunter2')
  })
})
