import type { Console, Device, Endpoint, EndpointEdit, PowerPath } from '../contract/inventory.ts'
import type { EndpointOffer } from '../drivers/driver.ts'
import { AppError } from '../errors.ts'
import { newId } from '../store/new-id.ts'
import type { EndpointSecret, NewEndpoint, StoredEndpoint } from '../store/tables/endpoints.ts'
import { assertDeviceAllowed } from './edit-devices.ts'
import { kindName } from './kind-name.ts'
import { mustExist, type Ledger } from './ledger.ts'
import type { InventoryMemory } from './memory.ts'

export type ReadyMachine = { deviceId: string } | { newDevice: Omit<Device, 'id' | 'rev'> }
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
/** A machine to attach; `port` null: directly. */
type ReadySeat = { port: number | null; machine: ReadyMachine }
/** An approved PiKVM, with what it answered, ready to be written down. */
export type ReadyPikvm = {
  address: string
  port: number
  user: string
  password: string
  totpSecret: string | null
  pin: string
  offer: EndpointOffer
  seats: readonly ReadySeat[]
}
/** What adding an endpoint made; `deviceId`: the first of its machines. */
export type AddedPikvm = {
  endpoint: Endpoint
  consoles: Console[]
  paths: PowerPath[]
  deviceId: string
}

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
  const machine = memory.consolesOfEndpoint(other.id).map((one) => memory.devices.get(one.deviceId)?.name)[0]
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
  const { address, port, user, pin, offer } = ready
  assertAddressFree(memory, address, port, null)
  const seats = ready.seats.map((seat) => ({ ...seat, ...deviceFor({ memory, now }, seat.machine) }))
  for (const { device } of seats) assertHasNoKvm(memory, device.id, device.name)
  const siteId = onlySiteOf(seats.map(({ device }) => device))
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
    ipmi: null,
    hasKg: false,
  }
  const parts = seats.map(({ device, port: seatPort }) =>
    seatParts({ memory, now }, endpoint, device.id, seatPort),
  )
  return {
    endpoint,
    newDevices: seats.flatMap(({ newDevice }) => (newDevice === null ? [] : [newDevice])),
    consoles: parts.map(({ console }) => console),
    paths: parts.flatMap(({ paths }) => paths),
  }
}

/** Screen and power path of one machine at a PiKVM: its own, or one port of the Switch behind it. */
export function seatParts(
  { memory, now }: Pick<Ledger, 'memory' | 'now'>,
  endpoint: StoredEndpoint,
  deviceId: string,
  port: number | null,
): { console: Console; paths: PowerPath[] } {
  const { id: endpointId, siteId, offer } = endpoint
  const path: PowerPath = {
    id: newId(now()),
    siteId,
    deviceId,
    endpointId,
    target: port === null ? 'atx' : `atx:${port}`,
    wiring: 'atx',
    priority: memory.pathsOfDevice(deviceId).length,
    provenAt: null,
    lastVerdict: null,
    rev: 1,
  }
  const console: Console = { id: newId(now()), deviceId, endpointId, port, type: 'kvm' }
  // Each port of a Switch has its own ATX plug; whether a cable is in it only a try can tell.
  return { console, paths: port === null && !offer.atxEnabled ? [] : [path] }
}

/** One KVM stands at one site. Throws `request/invalid`, also when two new machines have one name or one is on two ports. */
function onlySiteOf(devices: readonly Device[]): string {
  const [first] = devices
  if (first === undefined)
    throw new AppError('request/invalid', 'A PiKVM needs a machine to be plugged into.')
  const stranger = devices.find((device) => device.siteId !== first.siteId)
  if (stranger !== undefined) {
    throw new AppError('request/invalid', `${stranger.name} is at another site than ${first.name}.`)
  }
  const names = devices.map((device) => device.name.toLowerCase())
  const twice = devices.find((device, index) => names.indexOf(device.name.toLowerCase()) !== index)
  if (twice === undefined) return first.siteId
  throw new AppError('inventory/duplicateName', `${twice.name} is named for two ports. A machine has one.`, {
    details: { what: 'machine', name: twice.name },
  })
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
    ipmi,
    hasKg: kg !== null,
  }
  const console: Console = { id: newId(now()), deviceId: device.id, endpointId: id, port: null, type: 'sol' }
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
    rev: 1,
  }
  return { endpoint, newDevices: newDevice === null ? [] : [newDevice], consoles: [console], paths: [path] }
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
