import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Endpoint } from '../../server/contract/inventory.ts'
import { addPikvm } from '../../server/inventory/add-pikvm.ts'
import {
  bmcReady,
  by,
  fakeDriver,
  machine,
  makeFixture,
  offer,
  otherPin,
  pin,
  type Fixture,
} from './inventory-fixture.ts'

let folder: string
let f: Fixture
let db: DatabaseSync
let endpoint: Endpoint
let deviceId: string

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'crashcart-one-write-'))
  const file = join(folder, 'crashcart.db')
  f = await makeFixture(file)
  db = new DatabaseSync(file)
  ;({ endpoint, deviceId } = await add('10.0.0.9', 'nas1'))
})
afterEach(async () => {
  db.close()
  await f.store.close()
  rmSync(folder, { recursive: true })
})

function add(address: string, name: string) {
  const parts = { inventory: f.inventory, vault: f.vault, driver: fakeDriver() }
  const body = { address, port: 443, fingerprint: pin, user: 'admin', password: 'first' }
  return addPikvm(parts, by, { ...body, machine: { name, siteId: f.site.id } }, AbortSignal.timeout(5000))
}

/** From now on nothing can be written into this table. */
function refuseInto(table: string): void {
  db.exec(
    `CREATE TRIGGER broken_${table} BEFORE INSERT ON ${table} BEGIN SELECT RAISE(ABORT, 'broken disk'); END`,
  )
}

/** Every row of every table. */
function everything(): unknown {
  const tables = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").all() as {
    name: string
  }[]
  return tables.map(({ name }) => [name, db.prepare(`SELECT * FROM "${name}"`).all()])
}

describe('an edit that cannot be recorded', () => {
  it('is not made: not in the database, not in memory, not on any page', async () => {
    const { inventory } = f
    const rack = await inventory.createRack(by, { siteId: f.site.id, name: 'A', kind: 'units', height: 12 })
    const spare = await inventory.createDevice(by, machine(f.site, 'spare'))
    const empty = await inventory.createSite(by, { name: 'Empty', timeZone: 'UTC' })
    const gpio = { endpointId: endpoint.id, channel: 'relay', wiring: 'supply' as const }
    const path = await inventory.addGpioPath(by, deviceId, gpio)
    const other = await add('10.0.0.10', 'cp1')
    await inventory.updateOffer(by, other.endpoint.id, { ...offer, hasSwitch: true })
    await inventory.setLogin(by, deviceId, { user: 'root', password: 'x' })
    const edits: Record<string, () => Promise<unknown>> = {
      createSite: () => inventory.createSite(by, { name: 'New', timeZone: 'UTC' }),
      editSite: () => inventory.editSite(by, f.site.id, { rev: 1, name: 'Other' }),
      removeSite: () => inventory.removeSite(by, empty.id, 1),
      createRack: () => inventory.createRack(by, { siteId: f.site.id, name: 'B', kind: 'units', height: 12 }),
      editRack: () => inventory.editRack(by, rack.id, { rev: 1, height: 20 }),
      removeRack: () => inventory.removeRack(by, rack.id, 1, true),
      createDevice: () => inventory.createDevice(by, machine(f.site, 'new')),
      editDevice: () => inventory.editDevice(by, deviceId, { rev: 1, notes: 'lost' }),
      removeDevice: () => inventory.removeDevice(by, deviceId, 1, true),
      addPikvm: () => add('10.0.0.11', 'third'),
      addBmc: () => inventory.addBmc(by, bmcReady({ deviceId })),
      editEndpoint: () =>
        inventory.editEndpoint(by, endpoint.id, { rev: 1, address: '10.0.0.12', password: 'next' }),
      moveKvm: () => inventory.moveKvm(by, endpoint.id, 1, spare.id),
      setPort: () => inventory.setPort(by, other.endpoint.id, 2, 1, spare.id),
      removeEndpoint: () => inventory.removeEndpoint(by, other.endpoint.id, 2, true),
      updateOffer: () => inventory.updateOffer(by, endpoint.id, { ...offer, version: '5' }),
      noteNoticed: () => inventory.noteNoticed(endpoint.id, { offeredPin: otherPin }),
      setLogin: () => inventory.setLogin(by, spare.id, { user: 'root', password: 'y' }),
      removeLogin: () => inventory.removeLogin(by, deviceId),
      addGpioPath: () => inventory.addGpioPath(by, spare.id, { ...gpio, endpointId: other.endpoint.id }),
      orderPaths: () => inventory.orderPaths(by, deviceId, inventory.pathsOf(deviceId).toReversed()),
      rewirePath: () => inventory.rewirePath(by, path.id, { rev: 1, wiring: 'powerButton' }),
      removePath: () => inventory.removePath(by, path.id, 1),
    }
    refuseInto('audit')
    const before = JSON.stringify([everything(), inventory.snapshot()])
    f.changes.length = 0
    for (const [name, edit] of Object.entries(edits)) {
      await expect(edit(), name).rejects.toThrow(/broken disk/)
      expect([name, JSON.stringify([everything(), inventory.snapshot()]) === before]).toEqual([name, true])
    }
    expect(f.changes).toEqual([])
    expect((await f.store.audit.verify()).brokenAt).toBeNull()
  })
})

describe('a new address with a new password', () => {
  const edit = { rev: 1, address: '10.0.0.12', password: 'next', fingerprint: otherPin }

  it('is one write with its line in the record', async () => {
    const commits = db.prepare('PRAGMA data_version').get()
    await f.inventory.editEndpoint(by, endpoint.id, edit)
    expect(db.prepare('PRAGMA data_version').get()).not.toEqual(commits)
    expect(await f.vault.open('endpoints', endpoint.id, 'password')).toBe('next')
    expect((await f.audit()).at(-1)).toMatchObject({
      event: 'endpoint.edited',
      detail: { address: '10.0.0.12', wiped: ['password', 'totpSecret'] },
    })
  })

  it('leaves the former address, certificate and password when the new password cannot be written', async () => {
    refuseInto('secrets')
    await expect(f.inventory.editEndpoint(by, endpoint.id, edit)).rejects.toThrow(/broken disk/)
    expect(f.inventory.endpoint(endpoint.id)).toMatchObject({ address: '10.0.0.9', fingerprint: pin, rev: 1 })
    expect((await f.reload()).endpoint(endpoint.id)).toMatchObject({ address: '10.0.0.9', rev: 1 })
    expect(await f.vault.open('endpoints', endpoint.id, 'password')).toBe('first')
  })
})
