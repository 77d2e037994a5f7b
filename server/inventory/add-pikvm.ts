import type { z } from 'zod'
import type {
  Device,
  PikvmFound,
  PikvmProbe,
  pikvmAddBody,
  pikvmProbeBody,
  pikvmReadBody,
} from '../contract/inventory.ts'
import type { Vault } from '../domain.ts'
import type { EndpointAccess, EndpointDriver, EndpointOffer } from '../drivers/driver.ts'
import { AppError, isAppError } from '../errors.ts'
import { assertDeviceAllowed } from './edit-devices.ts'
import {
  assertAddressFree,
  assertHasNoKvm,
  endpointAt,
  parseFingerprint,
  type AddedPikvm,
  type ReadyMachine,
} from './endpoint-parts.ts'
import type { InventoryService } from './inventory.ts'
import { mustExist, type Actor } from './ledger.ts'

/** Where adding a PiKVM stopped; `details.step` of the error. Nothing is stored before the last one is done. */
type AddStep = 'reach' | 'certificate' | 'signIn' | 'readOffer' | 'ports' | 'save'

type Parts = { inventory: InventoryService; vault: Vault; driver: EndpointDriver }

/** TLS handshake only, nothing secret is sent: what certificate does this address show? */
export async function probePikvm(
  { inventory, driver }: Pick<Parts, 'inventory' | 'driver'>,
  { address, port }: z.output<typeof pikvmProbeBody>,
  abort: AbortSignal,
): Promise<PikvmProbe> {
  const shown = await driver.probe(address, port, abort)
  return { ...shown, knownEndpointId: endpointAt(inventory.memory, address, port)?.id ?? null }
}

/**
 * Connects with the approved fingerprint, signs in and reads what the device has, so that the next question fits it.
 * Keeps nothing; a failure says in `details.step` where it stopped.
 */
export async function readPikvm(
  parts: Parts,
  body: z.output<typeof pikvmReadBody>,
  abort: AbortSignal,
): Promise<PikvmFound> {
  const access = await accessFor(parts, body)
  const { model, version, ports = [] } = await readOffer(parts.driver, access, abort)
  return { model, version, ports }
}

/**
 * Connects with the approved fingerprint, signs in, reads what the device offers, and then writes machine, screen
 * and power paths in one go. Any failure leaves nothing behind and says in `details.step` where it stopped.
 */
export async function addPikvm(
  parts: Parts,
  by: Actor,
  body: z.output<typeof pikvmAddBody>,
  abort: AbortSignal,
): Promise<AddedPikvm> {
  const { inventory, driver } = parts
  const access = await accessFor(parts, body)
  const seats = wantedSeats(body).map(({ port: seatPort, machine }) => ({
    port: seatPort,
    machine: readyMachine(inventory, machine, assertHasNoKvm),
  }))
  const offer = await readOffer(driver, access, abort)
  assertPortsFit(seats, offer, access.address)
  return inventory.addPikvm(by, { ...access, offer, seats })
}

/** What is needed to talk to a PiKVM that is not here yet. Throws `inventory/inUse`, `device/locked`, `request/invalid`. */
async function accessFor(parts: Parts, body: z.output<typeof pikvmReadBody>): Promise<EndpointAccess> {
  const { inventory, vault } = parts
  const { address, port, user } = body
  const pin = parseFingerprint(body.fingerprint)
  assertAddressFree(inventory.memory, address, port, null)
  if (vault.isLocked) {
    throw new AppError('device/locked', 'The key for device secrets is missing, so no password can be kept.')
  }
  const { password, totpSecret } = await chosenSecrets(parts, body)
  return { endpointId: '', address, port, user, password, totpSecret, pin, lastGoodAddress: null }
}

type Body = z.output<typeof pikvmAddBody>

function wantedSeats({
  machine,
  ports,
}: Body): { port: number | null; machine: NonNullable<Body['machine']> }[] {
  if ((machine === undefined) === (ports === undefined)) {
    throw new AppError('request/invalid', 'Name the machine, or the machines by port of the Switch.', {
      details: { field: 'machine' },
    })
  }
  const named = ports ?? (machine === undefined ? [] : [{ port: null, machine }])
  const taken = new Set(named.map(({ port }) => port))
  if (taken.size === named.length) return named
  throw new AppError('request/invalid', 'Two machines are named for one port.', {
    details: { field: 'ports' },
  })
}

/** With a Switch nobody can tell from the picture whose it is: each machine's port must be said, and be there. */
function assertPortsFit(
  seats: readonly { port: number | null }[],
  { hasSwitch, ports = [] }: EndpointOffer,
  address: string,
): void {
  const details = { step: 'ports', address, ports }
  if (hasSwitch && seats.some(({ port }) => port === null)) {
    throw new AppError(
      'inventory/portsNeeded',
      `The PiKVM at ${address} has a Switch. Say which machine is on which port.`,
      { details },
    )
  }
  const missing = seats.find(({ port }) => port !== null && !ports.some((one) => one.port === port))
  if (missing === undefined) return
  throw new AppError('request/invalid', `The PiKVM at ${address} has no such port now.`, {
    details: { ...details, field: 'ports' },
  })
}

/** Asks an endpoint again what it has, with its stored credentials, and keeps the answer. */
export async function rereadOffer(parts: Parts, by: Actor, endpointId: string, abort: AbortSignal) {
  const { inventory, driver } = parts
  const stored = mustExist(inventory.storedEndpoint(endpointId), 'PiKVM')
  if (stored.pin === null && stored.kind === 'pikvm') {
    throw new AppError('device/notApproved', `The certificate of ${stored.address} has not been approved.`)
  }
  const { address, port, user, lastGoodAddress, ipmi } = stored
  const { kg, ...secrets } = await storedSecrets(parts, endpointId)
  const access = { endpointId, address, port, user, pin: stored.pin ?? '', lastGoodAddress, ...secrets }
  const offer = await readOffer(driver, ipmi === null ? access : { ...access, ipmi: { ...ipmi, kg } }, abort)
  return inventory.updateOffer(by, endpointId, offer)
}

/** Reads what the device has; a failure says in `details.step` where it stopped. */
export async function readOffer(
  driver: EndpointDriver,
  access: EndpointAccess,
  abort: AbortSignal,
): Promise<EndpointOffer> {
  try {
    return await driver.read(access, abort)
  } catch (error) {
    if (!isAppError(error)) throw error
    const step = stepOf(error)
    const details = { ...error.details, step, address: access.address }
    throw new AppError(error.code, `${stepText[step]}: ${error.message}`, { details, cause: error })
  }
}

const stepText: Record<AddStep, string> = {
  reach: 'Connecting failed',
  certificate: 'The certificate is not the approved one',
  signIn: 'Signing in to the device failed',
  readOffer: 'Reading what the device has failed',
  ports: 'The ports do not fit',
  save: 'Saving failed',
}

function stepOf(error: AppError): AddStep {
  if (error.code === 'device/pinChanged') return 'certificate'
  if (error.code === 'device/refusedCredentials') return 'signIn'
  return error.code === 'device/unreachable' ? 'reach' : 'readOffer'
}

/** The machine to attach to, checked as far as that is possible before the device was asked. Throws `inventory/*`. */
export function readyMachine(
  { memory }: InventoryService,
  machine: NonNullable<Body['machine']>,
  assertFree: (memory: InventoryService['memory'], deviceId: string, name: string) => void,
): ReadyMachine {
  if ('deviceId' in machine) {
    const device = mustExist(memory.devices.get(machine.deviceId), 'machine')
    assertFree(memory, device.id, device.name)
    return machine
  }
  const { name, siteId, placement = { kind: 'none' } } = machine
  const newDevice: Omit<Device, 'id' | 'rev'> = {
    name,
    siteId,
    placement,
    kind: 'server',
    notes: '',
    isProtected: false,
    layout: 'us',
    checks: [],
    dependsOn: [],
  }
  assertDeviceAllowed(memory, newDevice, null)
  return { newDevice }
}

async function chosenSecrets(
  parts: Pick<Parts, 'inventory' | 'vault'>,
  { password, totpSecret, credentialsFrom }: z.output<typeof pikvmReadBody>,
): Promise<{ password: string; totpSecret: string | null }> {
  if (password !== undefined) return { password, totpSecret: totpSecret ?? null }
  if (credentialsFrom === undefined) {
    throw new AppError('request/invalid', 'Give a password, or name the PiKVM whose password to use.', {
      details: { field: 'password' },
    })
  }
  const stored = await storedSecrets(parts, credentialsFrom)
  return { password: stored.password, totpSecret: totpSecret ?? stored.totpSecret }
}

/** The secrets kept for an endpoint. Throws `device/refusedCredentials` without a password, `device/locked`. */
export async function storedSecrets(
  { inventory, vault }: Pick<Parts, 'inventory' | 'vault'>,
  endpointId: string,
): Promise<{ password: string; totpSecret: string | null; kg: string | null }> {
  const stored = mustExist(inventory.storedEndpoint(endpointId), 'PiKVM')
  const password = await vault.open('endpoints', endpointId, 'password')
  if (password === null) {
    throw new AppError('device/refusedCredentials', `No password is stored for ${stored.address}.`, {
      details: { field: 'password', step: 'signIn' },
    })
  }
  const totpSecret = await vault.open('endpoints', endpointId, 'totpSecret')
  return { password, totpSecret, kg: await vault.open('endpoints', endpointId, 'kg') }
}
