import type { Console, Device, Endpoint, EndpointEdit, PowerPath } from '../contract/inventory.ts'
import type { EndpointOffer } from '../drivers/driver.ts'
import { AppError } from '../errors.ts'
import { newId } from '../store/new-id.ts'
import type { EndpointSecret, NewEndpoint, StoredEndpoint } from '../store/tables/endpoints.ts'
import { assertDeviceAllowed } from './edit-devices.ts'
import { kindName } from './kind-name.ts'
import { mustExist, type Ledger } from './ledger.ts'
import type { InventoryMemory } from './memory.ts'

type ReadyMachine = { deviceId: string } | { newDevice: Omit<Device, 'id' | 'rev'> }
/** A BMC with what it answered, ready to be written down. */
export type ReadyBmc = {
  address: string
  port: number
  user: string
  password: string
  kg: string | null
  ipmi: NonNullable<StoredEndpoint['ipmi']>
  offer: EndpointOffer
  machine: ReadyMachine
}
/** An approved PiKVM, with what it answered, ready to be written down. */
export type ReadyPikvm = {
  address: string
  port: number
  user: string
  password: string
  totpSecret: string | null
  pin: string
  offer: EndpointOffer
  machine: ReadyMachine
}
/** What adding an endpoint made. */
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
    `The ${kindName(other.kind)} at ${address} is already here, on ${machine ?? 'no machine'}.`,
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

/** Throws `inventory/inUse` when this machine already has a BMC: a board has one. */
export function assertHasNoBmc(memory: InventoryMemory, deviceId: string, name: string): void {
  const console = memory.consoleOfDevice(deviceId, 'sol')
  if (console === undefined) return
  const address = memory.endpoints.get(console.endpointId)?.address ?? ''
  throw new AppError('inventory/inUse', `${name} already has the BMC at ${address}. Remove that one first.`, {
    details: { reason: 'hasBmc', name, address, uses: [] },
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
  if (current.hasKg && (isElsewhere || edit.kg === null)) drop.push('kg')
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
    ledWiring: isElsewhere ? null : current.ledWiring,
    hasPassword: edit.password !== undefined || (current.hasPassword && !drop.includes('password')),
    hasTotp: typeof edit.totpSecret === 'string' || (current.hasTotp && !drop.includes('totpSecret')),
    hasKg: typeof edit.kg === 'string' || (current.hasKg && !drop.includes('kg')),
    ipmi: current.ipmi && {
      suite: edit.suite === undefined ? current.ipmi.suite : edit.suite,
      quirks: edit.quirks ?? current.ipmi.quirks,
    },
  }
  return { next, drop }
}

/** Everything that adding makes, checked against what is there; throws `inventory/*`. */
export function newParts({ memory, now }: Ledger, ready: ReadyPikvm): NewEndpoint {
  const { address, port, user, pin, offer, machine } = ready
  assertAddressFree(memory, address, port, null)
  const { device, newDevice } = deviceFor({ memory, now }, machine)
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
    ledWiring: null,
    ipmi: null,
    hasKg: false,
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

/** Everything that adding a BMC makes, checked against what is there; throws `inventory/*`. */
export function newBmcParts({ memory, now }: Ledger, ready: ReadyBmc): NewEndpoint {
  const { address, port, user, offer, machine, kg, ipmi } = ready
  assertAddressFree(memory, address, port, null)
  const { device, newDevice } = deviceFor({ memory, now }, machine)
  assertHasNoBmc(memory, device.id, device.name)
  const { siteId } = device
  const id = newId(now())
  const endpoint: StoredEndpoint = {
    id,
    siteId,
    rev: 1,
    kind: 'ipmi',
    address,
    port,
    user,
    pin: null,
    offer,
    hasPassword: true,
    hasTotp: false,
    offeredPin: null,
    lastGoodAddress: null,
    ledWiring: null,
    ipmi,
    hasKg: kg !== null,
  }
  const console: Console = { id: newId(now()), deviceId: device.id, endpointId: id, type: 'sol' }
  const path: PowerPath = {
    id: newId(now()),
    siteId,
    deviceId: device.id,
    endpointId: id,
    target: 'ipmi',
    wiring: 'ipmi',
    priority: memory.pathsOfDevice(device.id).length,
    provenAt: null,
    lastVerdict: null,
  }
  return { endpoint, newDevice, console, paths: [path] }
}

/** The machine to attach to; a new one gets its id here. Throws `inventory/*` or `request/notFound`. */
function deviceFor(
  { memory, now }: Pick<Ledger, 'memory' | 'now'>,
  machine: ReadyMachine,
): { device: Device; newDevice: Device | null } {
  if ('deviceId' in machine) {
    return { device: mustExist(memory.devices.get(machine.deviceId), 'machine'), newDevice: null }
  }
  const newDevice = { ...machine.newDevice, id: newId(now()), rev: 1 }
  assertDeviceAllowed(memory, newDevice, null)
  return { device: newDevice, newDevice }
}
