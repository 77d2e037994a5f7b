import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { accessRoutes } from '../../server/http/access-routes.ts'
import { startTestServer } from './harness.ts'
import type { Client, TestServer } from './harness.ts'
import { isChangedBy } from './unchanged.ts'

let folder: string
let server: TestServer
let admin: Client

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'crashcart-reading-'))
  server = await startTestServer({ file: join(folder, 'crashcart.db') })
  admin = await server.setUp()
})
afterAll(async () => {
  await server.close()
  rmSync(folder, { recursive: true })
})

describe('reading as admin', () => {
  it('changes nothing in the database, on any route', async () => {
    server.clock.now += 6 * 3600_000
    const routes = accessRoutes(server.access, { caPem: () => null }, { host: '::' }).filter(
      ({ method }) => method === 'GET',
    )
    expect(routes.length).toBeGreaterThan(8)
    const changed = await isChangedBy(join(folder, 'crashcart.db'), async () => {
      for (const { url } of routes) {
        const { status } = await admin.get(url.replace(/:\w+/, 'd1'))
        expect([200, 404]).toContain(status)
      }
    })
    expect(changed).toBe(false)
  })

  it('is told apart from writing', async () => {
    const changed = await isChangedBy(join(folder, 'crashcart.db'), async () => {
      expect((await admin.post('/api/hosts', { name: 'z.lan' })).status).toBe(204)
    })
    expect(changed).toBe(true)
  })
})
