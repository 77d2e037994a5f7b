import type { DatabaseSync } from 'node:sqlite'
import type { BootKeys } from '../../contract/boot-keys.ts'
import type { Check, Device, Placement } from '../../contract/inventory.ts'
import { expectOneRow, inTransaction } from '../transaction.ts'

/** A device with what only the server keeps about it. */
export type StoredDevice = { device: Device; usualBackMs: number | null }

type Row = Omit<
  Device,
  'placement' | 'isProtected' | 'checks' | 'dependsOn' | 'bootKeys' | 'nic' | 'hasLogin'
> & {
  hasLogin: number
  rackId: string | null
  posHalfU: number | null
  heightHalfU: number | null
  shelf: number | null
  slot: number | null
  isProtected: number
  checks: string
  dependsOn: string
  bootKeys: string | null
  nic: string | null
  usualBackMs: number | null
}

function placementOf(row: Row): Placement {
  const { rackId, posHalfU, heightHalfU, shelf, slot } = row
  if (rackId === null) return { kind: 'none' }
  if (posHalfU !== null && heightHalfU !== null) return { kind: 'units', rackId, posHalfU, heightHalfU }
  if (shelf !== null && slot !== null) return { kind: 'shelf', rackId, shelf, slot }
  return { kind: 'none' }
}

function columnsOf(placement: Placement): (string | number | null)[] {
  if (placement.kind === 'units') {
    return [placement.rackId, placement.posHalfU, placement.heightHalfU, null, null]
  }
  if (placement.kind === 'shelf') return [placement.rackId, null, null, placement.shelf, placement.slot]
  return [null, null, null, null, null]
}

function fromRow(row: Row): StoredDevice {
  const { id, siteId, rev, name, kind, notes, layout, usualBackMs } = row
  const checks = JSON.parse(row.checks) as Check[]
  const isProtected = row.isProtected === 1
  const device = {
    id,
    siteId,
    rev,
    name,
    kind,
    placement: placementOf(row),
    notes,
    isProtected,
    layout,
    checks,
    dependsOn: JSON.parse(row.dependsOn) as string[],
    ...(row.bootKeys !== null && { bootKeys: JSON.parse(row.bootKeys) as BootKeys }),
    ...(row.nic !== null && { nic: JSON.parse(row.nic) as NonNullable<Device['nic']> }),
    ...(row.hasLogin === 1 && { hasLogin: true }),
  }
  return { device, usualBackMs }
}

/** Text of what may be absent; null: it is. */
function jsonOrNull(value: object | undefined): string | null {
  return value === undefined ? null : JSON.stringify(value)
}

/** Inserts one device; for use inside another operation's transaction too. */
export function insertDevice(db: DatabaseSync, device: Device): void {
  db.prepare(
    `INSERT INTO devices (id, siteId, rev, name, kind, rackId, posHalfU, heightHalfU, shelf, slot, notes,
     isProtected, layout, checks, dependsOn, bootKeys, nic) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)`,
  ).run(
    device.id,
    device.siteId,
    device.rev,
    device.name,
    device.kind,
    ...columnsOf(device.placement),
    device.notes,
    device.isProtected ? 1 : 0,
    device.layout,
    JSON.stringify(device.checks),
    JSON.stringify(device.dependsOn),
    jsonOrNull(device.bootKeys),
    jsonOrNull(device.nic),
  )
}

function updateDevice(db: DatabaseSync, device: Device): void {
  const result = db
    .prepare(
      `UPDATE devices SET rev = ?, name = ?, kind = ?, rackId = ?, posHalfU = ?, heightHalfU = ?, shelf = ?,
       slot = ?, notes = ?, isProtected = ?, layout = ?, checks = ?, dependsOn = ?, bootKeys = ?, nic = ? WHERE id = ? AND rev = ?`,
    )
    .run(
      device.rev,
      device.name,
      device.kind,
      ...columnsOf(device.placement),
      device.notes,
      device.isProtected ? 1 : 0,
      device.layout,
      JSON.stringify(device.checks),
      JSON.stringify(device.dependsOn),
      jsonOrNull(device.bootKeys),
      jsonOrNull(device.nic),
      device.id,
      device.rev - 1,
    )
  expectOneRow(result, `device ${device.id}`)
}

export const devices = {
  list(db: DatabaseSync): StoredDevice[] {
    const rows = db
      .prepare(
        `SELECT d.*, EXISTS (SELECT 1 FROM secrets s WHERE s.tableName = 'devices' AND s.rowId = d.id
         AND s.field = 'loginPassword') AS hasLogin FROM devices d ORDER BY d.id`,
      )
      .all() as unknown as Row[]
    return rows.map(fromRow)
  },

  insert(db: DatabaseSync, device: Device): void {
    insertDevice(db, device)
  },

  /** Writes the next revision; throws unless the stored one is the one before. */
  update(db: DatabaseSync, device: Device): void {
    updateDevice(db, device)
  },

  setUsualBackMs(db: DatabaseSync, id: string, usualBackMs: number): void {
    const result = db.prepare('UPDATE devices SET usualBackMs = ? WHERE id = ?').run(usualBackMs, id)
    expectOneRow(result, `device ${id}`)
  },

  /**
   * Removes a device with its pictures, its states, its login, its power paths, and these endpoints with all that hangs on them and their
   * secrets. Its actions and audit lines stay. So do grants: a user whose last grant vanished would be a user
   * without grants, who may see everything. `freed`: the next revisions of machines that depended on it.
   */
  remove(db: DatabaseSync, id: string, endpointIds: readonly string[], freed: readonly Device[]): void {
    inTransaction(db, () => {
      for (const device of freed) updateDevice(db, device)
      for (const endpointId of endpointIds) removeEndpointRows(db, endpointId)
      db.prepare('DELETE FROM powerPaths WHERE deviceId = ?').run(id)
      db.prepare('DELETE FROM consoles WHERE deviceId = ?').run(id)
      for (const table of ['pictures', 'pastPictures', 'stateChanges', 'lastFacts', 'seenMacs'])
        db.prepare(`DELETE FROM ${table} WHERE deviceId = ?`).run(id)
      db.prepare("DELETE FROM secrets WHERE tableName = 'devices' AND rowId = ?").run(id)
      db.prepare('DELETE FROM guestLinks WHERE deviceId = ?').run(id)
      expectOneRow(db.prepare('DELETE FROM devices WHERE id = ?').run(id), `device ${id}`)
    })
  },
}

/** Deletes an endpoint with its consoles, power paths and secrets; call it inside a transaction. */
export function removeEndpointRows(db: DatabaseSync, endpointId: string): void {
  db.prepare('DELETE FROM powerPaths WHERE endpointId = ?').run(endpointId)
  db.prepare('DELETE FROM consoles WHERE endpointId = ?').run(endpointId)
  db.prepare("DELETE FROM secrets WHERE tableName = 'endpoints' AND rowId = ?").run(endpointId)
  expectOneRow(db.prepare('DELETE FROM endpoints WHERE id = ?').run(endpointId), `endpoint ${endpointId}`)
}
