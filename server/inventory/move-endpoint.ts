import type { Console, Device, Endpoint } from '../contract/inventory.ts'
import { AppError } from '../errors.ts'
import { later } from '../store/together.ts'
import type { StoredEndpoint } from '../store/tables/endpoints.ts'
import { assertHasNoBmc, assertHasNoKvm } from './endpoint-parts.ts'
import { kindName } from './kind-name.ts'
import { assertFresh, mustExist, type Actor, type Ledger } from './ledger.ts'
import { publicEndpoint } from './memory.ts'

/** As `moveKvm` of `endpointEdits`; runs in its turn. */
export async function moveEndpoint(
  ledger: Ledger,
  by: Actor,
  id: string,
  rev: number,
  deviceId: string,
): Promise<Endpoint> {
  const { memory, store, audit } = ledger
  const current = mustExist(memory.endpoints.get(id), 'PiKVM')
  assertFresh(current, rev, kindName(current.kind), publicEndpoint(current))
  // On a Switch machines move port by port (`edit-ports.ts`).
  const console = mustExist(memory.consoleAt(id, null), 'console')
  const target = mustExist(memory.devices.get(deviceId), 'machine')
  const from = console.deviceId
  if (from === deviceId) return publicEndpoint(current)
  assertMayMove(ledger, current, console, target)
  const next = { ...current, rev: current.rev + 1 }
  const moving = memory.pathsOfEndpoint(id).filter((path) => path.deviceId === from)
  // A line for each machine that does not name the other: whoever sees one need not be allowed to see both.
  const detail = { endpointId: id, kind: next.kind }
  await store.together([
    later('endpoints', 'move', next, from, deviceId),
    audit.line(by, 'endpoint.moved', { deviceId: from, detail: { ...detail, direction: 'away' } }),
    audit.line(by, 'endpoint.moved', { deviceId, detail: { ...detail, direction: 'here' } }),
  ])
  const moved = moving.map((path) =>
    memory.putPath({ ...path, rev: path.rev + 1, deviceId, provenAt: null, lastVerdict: null }),
  )
  memory.ledWirings.delete(console.id)
  ledger.publish([
    memory.putConsole({ ...console, deviceId }, current.siteId),
    ...moved,
    memory.putEndpoint(next),
  ])
  return publicEndpoint(next)
}

function assertMayMove(ledger: Ledger, endpoint: StoredEndpoint, console: Console, target: Device): void {
  if (target.siteId !== endpoint.siteId) {
    throw new AppError(
      'request/invalid',
      `${target.name} is at another site than this ${kindName(endpoint.kind)}.`,
    )
  }
  const assertFree = console.type === 'kvm' ? assertHasNoKvm : assertHasNoBmc
  assertFree(ledger.memory, target.id, target.name)
  ledger.assertIdle(console.deviceId)
  ledger.assertIdle(target.id)
}

/** As `removeEndpoint` of `endpointEdits`; runs in its turn. */
export async function removeEndpoint(
  ledger: Ledger,
  by: Actor,
  id: string,
  rev: number,
  cascade: boolean,
): Promise<void> {
  const { memory, store, audit } = ledger
  const endpoint = mustExist(memory.endpoints.get(id), 'PiKVM')
  assertFresh(endpoint, rev, kindName(endpoint.kind), publicEndpoint(endpoint))
  assertMayRemove(ledger, endpoint, cascade)
  await store.together([
    later('endpoints', 'remove', id),
    audit.line(by, 'endpoint.removed', {
      ...memory.machineOfEndpoint(id),
      detail: { endpointId: id, kind: endpoint.kind, address: endpoint.address },
    }),
  ])
  ledger.publish(memory.dropEndpoint(endpoint))
}

function assertMayRemove(ledger: Ledger, { id, address }: StoredEndpoint, cascade: boolean): void {
  const { memory } = ledger
  const own = new Set(memory.consolesOfEndpoint(id).map((console) => console.deviceId))
  const paths = memory.pathsOfEndpoint(id)
  const uses = paths
    .filter((path) => !own.has(path.deviceId))
    .map((path) => `${path.target} (${memory.devices.get(path.deviceId)?.name ?? path.deviceId})`)
  if (uses.length > 0 && !cascade) {
    throw new AppError('inventory/inUse', `This PiKVM also switches ${uses.join(', ')}.`, {
      details: { name: address, uses },
    })
  }
  for (const affectedId of new Set([...own, ...paths.map((path) => path.deviceId)]))
    ledger.assertIdle(affectedId)
}
