import type { DatabaseSync } from 'node:sqlite'
import type { BmcQuirk, Console, Device, Endpoint, PowerPath } from '../../contract/inventory.ts'
import type { EndpointOffer } from '../../drivers/driver.ts'
import { expectOneRow, inTransaction } from '../transaction.ts'
import { insertConsole } from './consoles.ts'
import { insertDevice, removeEndpointRows } from './devices.ts'
import { insertPowerPath } from './power-paths.ts'

/** Names under which the vault keeps an endpoint's secrets (`tableName` is `endpoints`). */
export type EndpointSecret = 'password' | 'totpSecret' | 'kg'

export type StoredEndpoint = {
  id: string
  siteId: string
  rev: number
  kind: Endpoint['kind']
  address: string
  port: number
  user: string
  hasPassword: boolean
  hasTotp: boolean
  pin: string | null
  offeredPin: string | null
  lastGoodAddress: string | null
  offer: EndpointOffer
  /** Of a BMC; `suite` null: the safest one that it has. */
  ipmi: { suite: number | null; quirks: BmcQuirk[] } | null
  hasKg: boolean
}
/** Everything that adding an endpoint makes: a console for each machine that it is plugged into. */
export type NewEndpoint = {
  endpoint: StoredEndpoint
  newDevices: readonly Device[]
  consoles: readonly Console[]
  paths: readonly PowerPath[]
}
/** Who leaves and who comes when a port of a switch gets another machine, or none. */
export type SeatChange = {
  gone: { consoles: readonly Console[]; paths: readonly PowerPath[] }
  come: { console: Console; paths: readonly PowerPath[] } | null
}

type Row = Omit<StoredEndpoint, 'offer' | 'ipmi' | 'hasPassword' | 'hasTotp' | 'hasKg'> & {
  offer: string
  ipmi: string | null
  hasPassword: number
  hasTotp: number
  hasKg: number
}

const hasSecret = (field: EndpointSecret): string =>
  `EXISTS (SELECT 1 FROM secrets s WHERE s.tableName = 'endpoints' AND s.rowId = e.id AND s.field = '${field}')`

function jsonOrNull(value: object | null): string | null {
  return value === null ? null : JSON.stringify(value)
}

export const endpoints = {
  list(db: DatabaseSync): StoredEndpoint[] {
    const rows = db
      .prepare(
        `SELECT e.id, e.siteId, e.rev, e.kind, e.address, e.port, e.user, e.pin, e.offeredPin, e.lastGoodAddress,
         e.offer, e.ipmi, ${hasSecret('password')} AS hasPassword, ${hasSecret('totpSecret')} AS hasTotp,
         ${hasSecret('kg')} AS hasKg
         FROM endpoints e ORDER BY e.id`,
      )
      .all() as unknown as Row[]
    return rows.map((row) => ({
      ...row,
      hasPassword: row.hasPassword === 1,
      hasTotp: row.hasTotp === 1,
      hasKg: row.hasKg === 1,
      offer: JSON.parse(row.offer) as EndpointOffer,
      ipmi: row.ipmi === null ? null : (JSON.parse(row.ipmi) as StoredEndpoint['ipmi']),
    }))
  },

  /** Machines (when new), endpoint, consoles and power paths in one transaction. */
  add(db: DatabaseSync, { endpoint, newDevices, consoles, paths }: NewEndpoint): void {
    inTransaction(db, () => {
      for (const device of newDevices) insertDevice(db, device)
      db.prepare(
        `INSERT INTO endpoints (id, siteId, rev, kind, address, port, user, pin, offeredPin, lastGoodAddress, model,
         version, offer, ipmi) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)`,
      ).run(
        endpoint.id,
        endpoint.siteId,
        endpoint.rev,
        endpoint.kind,
        endpoint.address,
        endpoint.port,
        endpoint.user,
        endpoint.pin,
        endpoint.offeredPin,
        endpoint.lastGoodAddress,
        endpoint.offer.model,
        endpoint.offer.version,
        JSON.stringify(endpoint.offer),
        jsonOrNull(endpoint.ipmi),
      )
      for (const console of consoles) insertConsole(db, console, endpoint.siteId)
      for (const path of paths) insertPowerPath(db, path)
    })
  },

  /** Writes the next revision and deletes these secrets with it; throws unless the stored one is the one before. */
  update(db: DatabaseSync, endpoint: StoredEndpoint, dropSecrets: readonly EndpointSecret[]): void {
    inTransaction(db, () => {
      const result = db
        .prepare(
          `UPDATE endpoints SET rev = ?, address = ?, port = ?, user = ?, pin = ?, offeredPin = ?,
           lastGoodAddress = ?, model = ?, version = ?, offer = ?, ipmi = ? WHERE id = ? AND rev = ?`,
        )
        .run(
          endpoint.rev,
          endpoint.address,
          endpoint.port,
          endpoint.user,
          endpoint.pin,
          endpoint.offeredPin,
          endpoint.lastGoodAddress,
          endpoint.offer.model,
          endpoint.offer.version,
          JSON.stringify(endpoint.offer),
          jsonOrNull(endpoint.ipmi),
          endpoint.id,
          endpoint.rev - 1,
        )
      expectOneRow(result, `endpoint ${endpoint.id}`)
      for (const field of dropSecrets) {
        db.prepare("DELETE FROM secrets WHERE tableName = 'endpoints' AND rowId = ? AND field = ?").run(
          endpoint.id,
          field,
        )
      }
    })
  },

  /** What was noticed while connecting; not an edit, so the revision stays. */
  setNoticed(
    db: DatabaseSync,
    id: string,
    noticed: Pick<StoredEndpoint, 'offeredPin' | 'lastGoodAddress'>,
  ): void {
    const result = db
      .prepare('UPDATE endpoints SET offeredPin = ?, lastGoodAddress = ? WHERE id = ?')
      .run(noticed.offeredPin, noticed.lastGoodAddress, id)
    expectOneRow(result, `endpoint ${id}`)
  },

  /** What a driver noted of the sessions that it holds there; null when it never did. */
  sessionNotes(db: DatabaseSync, id: string): string | null {
    const row = db.prepare('SELECT sessionNotes FROM endpoints WHERE id = ?').get(id)
    return (row as { sessionNotes: string | null } | undefined)?.sessionNotes ?? null
  },

  /** Not an edit, so the revision stays; nothing when the endpoint was removed meanwhile. */
  setSessionNotes(db: DatabaseSync, id: string, notes: string): void {
    db.prepare('UPDATE endpoints SET sessionNotes = ? WHERE id = ?').run(notes, id)
  },

  /**
   * The KVM is plugged into another machine: its console and those of its power paths that led to the old machine
   * go with it, and proofs are forgotten, because they were proofs about the old machine's wires, its LED's too.
   */
  move(db: DatabaseSync, endpoint: StoredEndpoint, fromDeviceId: string, toDeviceId: string): void {
    inTransaction(db, () => {
      bumpRev(db, endpoint)
      db.prepare('UPDATE consoles SET deviceId = ?, ledWiring = NULL WHERE endpointId = ?').run(
        toDeviceId,
        endpoint.id,
      )
      db.prepare(
        `UPDATE powerPaths SET deviceId = ?, provenAt = NULL, lastVerdict = NULL, rev = rev + 1
         WHERE endpointId = ? AND deviceId = ?`,
      ).run(toDeviceId, endpoint.id, fromDeviceId)
    })
  },

  /** A port of the switch gets another machine, or none; whoever comes has no proofs yet. */
  reseat(db: DatabaseSync, endpoint: StoredEndpoint, { gone, come }: SeatChange): void {
    inTransaction(db, () => {
      bumpRev(db, endpoint)
      for (const { id } of gone.paths) db.prepare('DELETE FROM powerPaths WHERE id = ?').run(id)
      for (const { id } of gone.consoles) db.prepare('DELETE FROM consoles WHERE id = ?').run(id)
      if (come === null) return
      insertConsole(db, come.console, endpoint.siteId)
      for (const path of come.paths) insertPowerPath(db, path)
    })
  },

  /** Removes an endpoint with its console, power paths and secrets. */
  remove(db: DatabaseSync, id: string): void {
    inTransaction(db, () => removeEndpointRows(db, id))
  },
}

function bumpRev(db: DatabaseSync, { id, rev }: StoredEndpoint): void {
  const result = db.prepare('UPDATE endpoints SET rev = ? WHERE id = ? AND rev = ?').run(rev, id, rev - 1)
  expectOneRow(result, `endpoint ${id}`)
}
