import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Device, Site } from '../server/contract/inventory.ts'
import type { MachineState } from '../server/contract/state.ts'
import { ApiClient } from './support/api-client.ts'
import { startServer } from './support/server-process.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'crashcart-since-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

it('a machine that is in trouble before and after a restart of Crashcart has been so since before', async () => {
  const service = createServer()
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve))
  const { port } = service.address() as AddressInfo

  const first = await startServer({ dataDir: dir })
  const code = (await first.find(/setup code: (\S+)/))[1]
  const owner = new ApiClient(first.port)
  await owner.ok('POST', '/api/setup', { code, name: 'kei', password: 'correct horse battery', trust: true })
  const site = await owner.ok<Site>('POST', '/api/sites', { name: 'Home', timeZone: 'UTC' })
  const { id } = await owner.ok<Device>('POST', '/api/devices', {
    siteId: site.id,
    name: 'nas1',
    kind: 'server',
    placement: { kind: 'none' },
    notes: '',
    isProtected: false,
    layout: 'us',
    checks: [{ kind: 'tcp', label: 'SSH', address: '127.0.0.1', port }],
    dependsOn: [],
  })
  const look = (client: ApiClient, health: MachineState['health']): Promise<MachineState> =>
    vi.waitFor(
      async () => {
        const state = await client.ok<MachineState>('POST', `/api/devices/${id}/check`)
        expect(state.health).toBe(health)
        return state
      },
      { timeout: 15_000, interval: 300 },
    )
  expect((await look(owner, 'up')).otherUntil).toBeNull()
  await new Promise((resolve) => service.close(resolve))
  const before = await look(owner, 'degraded')
  expect(before).not.toHaveProperty('otherUntil')
  expect(await first.stop()).toBe(0)

  const second = await startServer({ dataDir: dir })
  const after = await look(owner.at(second.port), 'degraded')
  expect(after.since).toBe(before.since)
  expect(after).not.toHaveProperty('otherUntil')
  expect(await second.stop()).toBe(0)
}, 60_000)
