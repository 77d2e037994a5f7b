import type { Console, Device, Endpoint, EndpointEdit, PowerPath } from '../contract/inventory.ts'
import type { EndpointOffer } from '../drivers/driver.ts'
import { AppError } from '../errors.ts'
import { newId } from '../store/new-id.ts'
import type { EndpointSecret, NewEndpoint, StoredEndpoint } from '../store/tables/endpoints.ts'
import { assertDeviceAllowed } from './edit-devices.ts'
import { mustExist, type Ledger } from './ledger.ts'
import type { InventoryMemory } from './memory.ts'

/** An approved PiKVM, with what it answered, ready to be written down. */
export type ReadyPikvm = {
  address: string
  port: number
  user: string
  password: string
  totpSecret: string | null
  pin: string
  offer: EndpointOffer
  machine: { deviceId: string } | { newDevice: Omit<Device, 'id' | 'rev'> }
}
export type AddedPikvm = { endpoint: Endpoint; console: Console; paths: PowerPath[]; deviceId: string }

/** `AA:BB:…` of a SHA-256, upper case; throws `request/invalid` for anything else. */
export function parseFingerprint(text: string): string {
  const upper = text.trim().toUpperCase()
  if (/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/.test(upper)) return upper
  throw new AppError('request/invalid', 'A fingerprint is 32 pairs of hex digits separated by colons.', {
    details: { field: 'fingerprint' },
  })
}

/** Throws `inventory/inUse` when another endpoint has this address, or the machine has another KVM. */
export function assertAddressFree(
  memory: InventoryMemory,
  address: string,
  port: number,
  ownId: string | null,
): void {
  const other = endpointAt(memory, address, port)
  if (other === undefined || other.id === ownId) return
  const machine = memory.devices.get(memory.consoleOfEndpoint(other.id)?.deviceId ?? '')?.name
  throw new AppError(
    'inventory/inUse',
    `The PiKVM at ${address} is already here, on ${machine ?? 'no machine'}.`,
    {
      details: { reason: 'addressKnown', endpointId: other.id, name: machine, uses: [] },
    },
  )
}

/** The endpoint with this address and port, letter case aside. */
export function endpointAt(
  memory: InventoryMemory,
  address: string,
  port: number,
): StoredEndpoint | undefined {
  const wanted = address.toLowerCase()
  return [...memory.endpoints.values()].find(
    (endpoint) => endpoint.address.toLowerCase() === wanted && endpoint.port === port,
  )
}

/** Throws `inventory/inUse` when this machine already has a KVM: one screen, one keyboard each. */
export function assertHasNoKvm(memory: InventoryMemory, deviceId: string, name: string): void {
  const console = memory.consoleOfDevice(deviceId)
  if (console === undefined) return
  const address = memory.endpoints.get(console.endpointId)?.address ?? ''
  throw new AppError('inventory/inUse', `${name} already has the PiKVM at ${address}. Move that one first.`, {
    details: { reason: 'hasKvm', name, address, uses: [] },
  })
}

/** The endpoint after an edit, and the secrets that must go with it. */
export function edited(
  current: StoredEndpoint,
  edit: EndpointEdit,
): { next: StoredEndpoint; drop: EndpointSecret[] } {
  const address = edit.address ?? current.address
  const port = edit.port ?? current.port
  const isElsewhere = address !== current.address || port !== current.port
  const pin = edit.fingerprint === undefined ? null : parseFingerprint(edit.fingerprint)
  const drop: EndpointSecret[] = []
  if (isElsewhere) drop.push('password')
  if (isElsewhere || edit.totpSecret === null) drop.push('totpSecret')
  const next: StoredEndpoint = {
    ...current,
    address,
    port,
    rev: current.rev + 1,
    user: edit.user ?? current.user,
    pin: pin ?? (isElsewhere ? null : current.pin),
    offeredPin: pin !== null || isElsewhere ? null : current.offeredPin,
    lastGoodAddress: isElsewhere ? null : current.lastGoodAddress,
    hasPassword: edit.password !== undefined || (current.hasPassword && !drop.includes('password')),
    hasTotp: typeof edit.totpSecret === 'string' || (current.hasTotp && !drop.includes('totpSecret')),
  }
  return { next, drop }
}

/** Everything that adding makes, checked against what is there; throws `inventory/*`. */
export function newParts({ memory, now }: Ledger, ready: ReadyPikvm): NewEndpoint {
  const { address, port, user, pin, offer, machine } = ready
  assertAddressFree(memory, address, port, null)
  const newDevice = 'newDevice' in machine ? { ...machine.newDevice, id: newId(now()), rev: 1 } : null
  if (newDevice !== null) assertDeviceAllowed(memory, newDevice, null)
  const device =
    newDevice ?? mustExist(memory.devices.get('deviceId' in machine ? machine.deviceId : ''), 'machine')
  assertHasNoKvm(memory, device.id, device.name)
  const { siteId } = device
  const id = newId(now())
  const endpoint: StoredEndpoint = {
    id,
    siteId,
    rev: 1,
    kind: 'pikvm',
    address,
    port,
    user,
    pin,
    offer,
    hasPassword: true,
    hasTotp: ready.totpSecret !== null,
    offeredPin: null,
    lastGoodAddress: null,
  }
  const console: Console = { id: newId(now()), deviceId: device.id, endpointId: id, type: 'kvm' }
  const priority = memory.pathsOfDevice(device.id).length
  const atx: PowerPath = {
    id: newId(now()),
    siteId,
    deviceId: device.id,
    endpointId: id,
    target: 'atx',
    wiring: 'atx',
    priority,
    provenAt: null,
    lastVerdict: null,
  }
  return { endpoint, newDevice, console, paths: offer.atxEnabled ? [atx] : [] }
}
