import type { Endpoint, EndpointEdit } from '../contract/inventory.ts'
import type { LiveChange } from '../contract/live.ts'
import type { LedWiring } from '../contract/state.ts'
import type { EndpointOffer } from '../drivers/driver.ts'
import { AppError } from '../errors.ts'
import type { NewEndpoint, StoredEndpoint } from '../store/tables/endpoints.ts'
import {
  assertAddressFree,
  assertHasNoBmc,
  assertHasNoKvm,
  edited,
  newBmcParts,
  newParts,
  type AddedPikvm,
  type ReadyBmc,
  type ReadyPikvm,
} from './endpoint-parts.ts'
import { kindName } from './kind-name.ts'
import { assertFresh, mustExist, type Actor, type Ledger } from './ledger.ts'
import { publicEndpoint } from './memory.ts'

type Secrets = {
  password?: string | undefined
  totpSecret?: string | null | undefined
  kg?: string | null | undefined
}

/** Edits of endpoints. Each resolves after the durable write. */
export function endpointEdits(ledger: Ledger) {
  const { memory, store, audit, vault } = ledger

  /** Writes machine, endpoint, console and paths in one transaction, its secrets before it. */
  const addPikvm = (by: Actor, ready: ReadyPikvm): Promise<AddedPikvm> =>
    ledger.inTurn(() => add(by, newParts(ledger, ready), ready))

  /** As `addPikvm`, for a BMC. */
  const addBmc = (by: Actor, ready: ReadyBmc): Promise<AddedPikvm> =>
    ledger.inTurn(() => add(by, newBmcParts(ledger, ready), ready))

  const add = async (by: Actor, parts: NewEndpoint, secrets: Secrets): Promise<AddedPikvm> => {
    const { endpoint, newDevices, consoles, paths } = parts
    await sealSecrets(endpoint.id, secrets)
    try {
      await store.endpoints.add(parts)
    } catch (error) {
      await vault.wipe('endpoints', endpoint.id)
      throw error
    }
    const changes: LiveChange[] = newDevices.map((device) => memory.putDevice(device))
    changes.push(memory.putEndpoint(endpoint))
    for (const console of consoles) changes.push(memory.putConsole(console, endpoint.siteId))
    for (const path of paths) changes.push(memory.putPath(path))
    ledger.publish(changes)
    const { id: endpointId, kind, address, port, user, pin } = endpoint
    for (const console of consoles) {
      const newMachine = newDevices.find(({ id }) => id === console.deviceId)?.name
      const about = { endpointId, kind, address, port, user, fingerprint: pin, newMachine }
      await audit.record(by, 'endpoint.added', {
        deviceId: console.deviceId,
        detail: console.port === null ? about : { ...about, switchPort: console.port },
      })
    }
    const deviceId = consoles[0]?.deviceId ?? ''
    return { endpoint: publicEndpoint(endpoint), consoles: [...consoles], paths: [...paths], deviceId }
  }

  const sealSecrets = async (id: string, { password, totpSecret, kg }: Secrets): Promise<void> => {
    if (password !== undefined) await vault.seal('endpoints', id, 'password', password)
    if (typeof totpSecret === 'string') await vault.seal('endpoints', id, 'totpSecret', totpSecret)
    if (typeof kg === 'string') await vault.seal('endpoints', id, 'kg', kg)
  }

  /**
   * Changes an endpoint. Another address is another device until someone says otherwise: password, TOTP secret and
   * pin are wiped in the same transaction, unless the edit brings new ones.
   */
  const editEndpoint = (by: Actor, id: string, edit: EndpointEdit): Promise<Endpoint> =>
    ledger.inTurn(async () => {
      const current = mustExist(memory.endpoints.get(id), 'PiKVM')
      assertFresh(current, edit.rev, kindName(current.kind), publicEndpoint(current))
      assertFits(current, edit)
      const { next, drop } = edited(current, edit)
      assertAddressFree(memory, next.address, next.port, id)
      const bringsSecret =
        edit.password !== undefined || typeof edit.totpSecret === 'string' || typeof edit.kg === 'string'
      if (bringsSecret && vault.isLocked) throw locked()
      await store.endpoints.update(next, drop)
      await sealSecrets(id, edit)
      ledger.publish([memory.putEndpointAccess(next)])
      const changed = Object.keys(edit).filter((field) => field !== 'rev')
      await audit.record(by, 'endpoint.edited', {
        ...deviceOf(id),
        detail: {
          endpointId: id,
          kind: next.kind,
          address: next.address,
          fingerprint: next.pin,
          changed,
          wiped: drop,
        },
      })
      return publicEndpoint(next)
    })

  /** Plugs a KVM into another machine: console and paths go with it, proofs and pictures do not. */
  const moveKvm = (by: Actor, id: string, rev: number, deviceId: string): Promise<Endpoint> =>
    ledger.inTurn(async () => {
      const current = mustExist(memory.endpoints.get(id), 'PiKVM')
      const what = kindName(current.kind)
      assertFresh(current, rev, what, publicEndpoint(current))
      // On a Switch machines move port by port (`edit-ports.ts`).
      const console = mustExist(memory.consoleAt(id, null), 'console')
      const target = mustExist(memory.devices.get(deviceId), 'machine')
      if (console.deviceId === deviceId) return publicEndpoint(current)
      if (target.siteId !== current.siteId) {
        throw new AppError('request/invalid', `${target.name} is at another site than this ${what}.`)
      }
      if (console.type === 'kvm') assertHasNoKvm(memory, deviceId, target.name)
      else assertHasNoBmc(memory, deviceId, target.name)
      ledger.assertIdle(console.deviceId)
      ledger.assertIdle(deviceId)
      const next = { ...current, rev: current.rev + 1 }
      const from = console.deviceId
      const moving = memory.pathsOfEndpoint(id).filter((path) => path.deviceId === from)
      await store.endpoints.move(next, from, deviceId)
      const moved = moving.map((path) =>
        memory.putPath({ ...path, deviceId, provenAt: null, lastVerdict: null }),
      )
      memory.ledWirings.delete(console.id)
      ledger.publish([
        memory.putConsole({ ...console, deviceId }, current.siteId),
        ...moved,
        memory.putEndpoint(next),
      ])
      // A line for each machine that does not name the other: whoever sees one need not be allowed to see both.
      const detail = { endpointId: id, kind: next.kind }
      await audit.record(by, 'endpoint.moved', { deviceId: from, detail: { ...detail, direction: 'away' } })
      await audit.record(by, 'endpoint.moved', { deviceId, detail: { ...detail, direction: 'here' } })
      return publicEndpoint(next)
    })

  /** Without `cascade` an endpoint that gives power to other machines too is refused. */
  const removeEndpoint = (by: Actor, id: string, rev: number, cascade: boolean): Promise<void> =>
    ledger.inTurn(async () => {
      const endpoint = mustExist(memory.endpoints.get(id), 'PiKVM')
      assertFresh(endpoint, rev, kindName(endpoint.kind), publicEndpoint(endpoint))
      const own = new Set(memory.consolesOfEndpoint(id).map((console) => console.deviceId))
      const paths = memory.pathsOfEndpoint(id)
      const uses = paths
        .filter((path) => !own.has(path.deviceId))
        .map((path) => `${path.target} (${memory.devices.get(path.deviceId)?.name ?? path.deviceId})`)
      if (uses.length > 0 && !cascade) {
        throw new AppError('inventory/inUse', `This PiKVM also switches ${uses.join(', ')}.`, {
          details: { name: endpoint.address, uses },
        })
      }
      const about = deviceOf(id)
      for (const affectedId of new Set([...own, ...paths.map((path) => path.deviceId)]))
        ledger.assertIdle(affectedId)
      await store.endpoints.remove(id)
      ledger.publish(memory.dropEndpoint(endpoint))
      await audit.record(by, 'endpoint.removed', {
        ...about,
        detail: { endpointId: id, kind: endpoint.kind, address: endpoint.address },
      })
    })

  /** Keeps what the device said it has when it was asked again. */
  const updateOffer = (by: Actor, id: string, offer: EndpointOffer): Promise<Endpoint> =>
    ledger.inTurn(async () => {
      const current = mustExist(memory.endpoints.get(id), 'PiKVM')
      const next = { ...current, offer, rev: current.rev + 1 }
      await store.endpoints.update(next, [])
      ledger.publish([memory.putEndpoint(next)])
      await audit.record(by, 'endpoint.read', {
        ...deviceOf(id),
        detail: { endpointId: id, kind: next.kind, version: offer.version },
      })
      return publicEndpoint(next)
    })

  /** Notes what a connection noticed: another certificate than the pin (null: the right one), a working address. */
  const noteNoticed = (
    id: string,
    noticed: Partial<Pick<StoredEndpoint, 'offeredPin' | 'lastGoodAddress'>>,
  ): Promise<void> =>
    ledger.inTurn(async () => {
      const current = memory.endpoints.get(id)
      // The endpoint was removed while its connection was being told to close.
      if (current === undefined) return
      const next = { ...current, ...noticed }
      const isNews =
        next.offeredPin !== current.offeredPin || next.lastGoodAddress !== current.lastGoodAddress
      if (!isNews) return
      await store.endpoints.setNoticed(id, next)
      const change = memory.putEndpoint(next)
      if (next.offeredPin === current.offeredPin) return
      ledger.publish([change])
      if (next.offeredPin === null) return
      await audit.record(null, 'endpoint.certificateChanged', {
        ...deviceOf(id),
        detail: { endpointId: id, pinned: current.pin, offered: next.offeredPin },
      })
    })

  /** Keeps what a connection saw of the wire of one machine's power LED. */
  const noteLedWiring = (endpointId: string, port: number | null, ledWiring: LedWiring): Promise<void> =>
    ledger.inTurn(async () => {
      const console = memory.consoleAt(endpointId, port)
      // Its machine left while the connection looked.
      if (console === undefined || memory.ledWirings.get(console.id) === ledWiring) return
      await store.consoles.setLedWiring(console.id, ledWiring)
      memory.ledWirings.set(console.id, ledWiring)
    })

  /** For the record: the machine, where there is one alone. What concerns several is the admins'. */
  const deviceOf = (endpointId: string): { deviceId?: string } => {
    const [first, ...others] = memory.consolesOfEndpoint(endpointId)
    return first === undefined || others.length > 0 ? {} : { deviceId: first.deviceId }
  }

  return {
    addPikvm,
    addBmc,
    editEndpoint,
    moveKvm,
    removeEndpoint,
    updateOffer,
    noteNoticed,
    noteLedWiring,
  }
}

function locked(): AppError {
  return new AppError('device/locked', 'The key for device secrets is missing, so no password can be kept.')
}

/** Refuses what this kind of device does not have, and a password that IPMI would have to cut. */
function assertFits({ kind }: StoredEndpoint, edit: EndpointEdit): void {
  const isBmc = kind === 'ipmi'
  const foreign = isBmc
    ? edit.totpSecret !== undefined || edit.fingerprint !== undefined
    : edit.kg !== undefined || edit.suite !== undefined || edit.quirks !== undefined
  if (foreign) throw new AppError('request/invalid', `A ${kindName(kind)} has none of that.`)
  const bytes = Buffer.byteLength(edit.password ?? '')
  if (isBmc && bytes > 20) {
    throw new AppError(
      'request/invalid',
      `IPMI takes at most 20 bytes of a password; this one has ${bytes}.`,
      {
        details: { field: 'password' },
      },
    )
  }
}
