import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { EndpointConnection } from '../../server/drivers/driver.ts'
import type { Device, Endpoint, PikvmProbe, PowerPath, Rack, Site } from '../../server/contract/inventory.ts'
import { deviceRoutes } from '../../server/http/routes/devices.ts'
import { endpointRoutes } from '../../server/http/routes/endpoints.ts'
import { pikvmRoutes } from '../../server/http/routes/pikvm.ts'
import { powerPathRoutes } from '../../server/http/routes/power-paths.ts'
import { rackRoutes } from '../../server/http/routes/racks.ts'
import { siteRoutes } from '../../server/http/routes/sites.ts'
import { FakeKvm } from '../consoles/fake-kvm.ts'
import { OneMachine } from '../consoles/rig.ts'
import { driver, simulated } from '../drivers/pikvm/rig.ts'
import { machine, makeFixture, otherPin, type Fixture } from '../inventory/inventory-fixture.ts'
import { startTestServer, type Client, type TestServer } from './harness.ts'

describe('inventory over REST', () => {
  let f: Fixture
  let server: TestServer
  let admin: Client
  let connection: EndpointConnection | null
  beforeEach(async () => {
    f = await makeFixture()
    connection = null
    const connections = { ...new OneMachine(null).connections, of: () => connection }
    const parts = { inventory: f.inventory, vault: f.vault, connections, driverFor: async () => driver }
    const lists = [siteRoutes, rackRoutes, deviceRoutes, powerPathRoutes].flatMap((make) => make(f.inventory))
    server = await startTestServer({ routes: [...lists, ...endpointRoutes(parts), ...pikvmRoutes(parts)] })
    admin = await server.setUp()
  })
  afterEach(async () => {
    await server.close()
    await f.store.close()
  })

  const created = async <T>(path: string, body: unknown): Promise<T> => {
    const answer = await admin.post(path, body)
    expect(answer.status, answer.text).toBe(200)
    return answer.json as T
  }
  const edit = (path: string, body: unknown) => admin.request('PATCH', path, { body })

  it('creates, edits, lists and deletes sites, racks and machines', async () => {
    const site = await created<Site>('/api/sites', { name: 'Office', timeZone: 'UTC' })
    const rackBody = { siteId: site.id, name: 'A', kind: 'units', height: 12 }
    const rack = await created<Rack>('/api/racks', rackBody)
    const placement = { kind: 'units', rackId: rack.id, posHalfU: 4, heightHalfU: 2 }
    const device = await created<Device>('/api/devices', { ...machine(site, 'nas1'), placement })
    expect((await edit(`/api/racks/${rack.id}`, { rev: 1, height: 6 })).json).toMatchObject({
      height: 6,
      rev: 2,
    })
    expect((await admin.get('/api/racks')).json).toMatchObject([{ id: rack.id, height: 6 }])
    expect((await admin.get(`/api/devices/${device.id}`)).json).toEqual(device)
    expect((await admin.request('DELETE', `/api/devices/${device.id}?rev=1`)).status).toBe(204)
    expect((await admin.request('DELETE', `/api/racks/${rack.id}?rev=2`)).status).toBe(204)
    expect((await admin.request('DELETE', `/api/sites/${site.id}?rev=1`)).status).toBe(204)
    expect((await admin.get('/api/sites')).json).toMatchObject([{ id: f.site.id }])
  })

  it('answers a stale edit with 409 and the current state', async () => {
    const device = await created<Device>('/api/devices', machine(f.site, 'nas1'))
    await edit(`/api/devices/${device.id}`, { rev: 1, notes: 'first' })
    const answer = await edit(`/api/devices/${device.id}`, { rev: 1, notes: 'second' })
    expect(answer.status).toBe(409)
    expect(answer.json).toMatchObject({
      error: { code: 'inventory/stale', details: { current: { id: device.id, rev: 2, notes: 'first' } } },
    })
  })

  it.each([
    ['an unknown field', { role: 'admin' }],
    ['an id of their own', { id: 'x' }],
    ['a name of two lines', { name: 'a\nb' }],
    ['half a unit', { placement: { kind: 'units', rackId: 'r', posHalfU: 3, heightHalfU: 2 } }],
    [
      'four checks',
      { checks: [1, 2, 3, 4].map((port) => ({ kind: 'tcp', label: 'a', address: '10.0.0.1', port })) },
    ],
    ['a web check without a path', { checks: [{ kind: 'http', label: 'a', address: '10.0.0.1', port: 80 }] }],
    [
      'a path on a check of a port',
      { checks: [{ kind: 'tcp', label: 'a', address: '1.2.3.4', port: 1, path: '/' }] },
    ],
    ['an address with a path', { checks: [{ kind: 'tcp', label: 'a', address: 'http://x/', port: 1 }] }],
  ])('refuses a machine with %s', async (_title, change) => {
    const answer = await admin.post('/api/devices', { ...machine(f.site, 'nas1'), ...change })
    expect(answer.status).toBe(400)
    expect(f.inventory.devices()).toEqual([])
  })

  it('lets a viewer of one machine list that alone and change nothing', async () => {
    const mine = await created<Device>('/api/devices', machine(f.site, 'nas1'))
    const other = await created<Device>('/api/devices', machine(f.site, 'secret'))
    const viewer = await server.signedIn('viewer', { [mine.id]: ['view'] })
    expect((await viewer.get('/api/devices')).json).toEqual([mine])
    expect((await viewer.get(`/api/devices/${mine.id}`)).status).toBe(200)
    expect((await viewer.get(`/api/devices/${other.id}`)).status).toBe(403)
    for (const path of [`/api/devices/${mine.id}`, `/api/devices/${other.id}`]) {
      expect((await viewer.request('PATCH', path, { body: { rev: 1, notes: 'x' } })).status).toBe(403)
      expect((await viewer.request('DELETE', `${path}?rev=1`)).status).toBe(403)
    }
    expect((await viewer.post('/api/pikvm/probe', { address: '127.0.0.1' })).status).toBe(403)
    expect(f.inventory.devices()).toHaveLength(2)
  })

  it('adds a PiKVM by its approved certificate, and shows no secret afterwards', async () => {
    const { pikvm } = await simulated({ totpSecret: 'JBSWY3DPEHPK3PXP' })
    const at = { address: pikvm.host, port: pikvm.port }
    const probe = await created<PikvmProbe>('/api/pikvm/probe', at)
    expect(probe).toMatchObject({ fingerprint: pikvm.pin, knownEndpointId: null })
    expect(pikvm.requests).toEqual([])
    const body = {
      ...at,
      fingerprint: probe.fingerprint,
      user: 'admin',
      password: 'admin',
      totpSecret: 'JBSWY3DPEHPK3PXP',
      machine: { name: 'nas1', siteId: f.site.id },
    }
    const added = await created<{ endpoint: Endpoint; paths: PowerPath[]; deviceId: string }>(
      '/api/pikvm',
      body,
    )
    expect(added.paths).toMatchObject([{ target: 'atx', deviceId: added.deviceId }])
    const listed = await admin.get('/api/endpoints')
    expect(listed.json).toMatchObject([{ id: added.endpoint.id, hasPassword: true, hasTotp: true }])
    expect(listed.text).not.toMatch(/JBSWY3DP|"password"|"totpSecret"/)
    const offer = await admin.get(`/api/endpoints/${added.endpoint.id}/offer`)
    expect(offer.json).toMatchObject({ atxEnabled: true })
    expect((await admin.post(`/api/endpoints/${added.endpoint.id}/read`)).status).toBe(200)
    expect((await f.audit()).map((line) => line.event)).toContain('endpoint.added')

    const tryAgain = `/api/endpoints/${added.endpoint.id}/try-again`
    expect((await admin.post(tryAgain)).json).toMatchObject({ error: { code: 'device/unreachable' } })
    connection = new FakeKvm()
    expect((await admin.post(tryAgain)).json).toMatchObject({ error: { code: 'device/unsupported' } })
    connection = Object.assign(new FakeKvm(), {
      tryAgain: () => Promise.resolve('refusedCredentials' as const),
    })
    expect((await admin.post(tryAgain)).json).toEqual({ problem: 'refusedCredentials' })
    expect((await admin.post('/api/endpoints/other/try-again')).status).toBe(404)
  })

  it('sends no credentials to a PiKVM that shows another certificate, and stores nothing', async () => {
    const { pikvm } = await simulated()
    const answer = await admin.post('/api/pikvm', {
      address: pikvm.host,
      port: pikvm.port,
      fingerprint: otherPin,
      user: 'admin',
      password: 'admin',
      machine: { name: 'nas1', siteId: f.site.id },
    })
    expect(answer.json).toMatchObject({
      error: { code: 'device/pinChanged', details: { step: 'certificate' } },
    })
    expect(pikvm.requests).toEqual([])
    expect(f.inventory.devices()).toEqual([])
  })
})
