import type { Console, Endpoint, PowerPath } from '../contract/inventory.ts'
import type { LiveChange } from '../contract/live.ts'
import { portLabel } from '../contract/port-label.ts'
import { AppError } from '../errors.ts'
import { later, type StoreCall } from '../store/together.ts'
import type { SeatChange, StoredEndpoint } from '../store/tables/endpoints.ts'
import { assertHasNoKvm, seatParts } from './endpoint-parts.ts'
import { assertFresh, mustExist, type Actor, type Ledger } from './ledger.ts'
import { labelsOf, publicEndpoint } from './memory.ts'

/** Edits of who is on which port of a PiKVM Switch. Each resolves after the durable write. */
export function portEdits(ledger: Ledger) {
  const { memory, store, audit } = ledger

  /**
   * Puts a machine on a port (null: empties it). One that was on another port of the same PiKVM, or attached to it before
   * its Switch was known, changes over; whoever was on the port loses screen and power path there. Proofs are forgotten.
   */
  const setPort = (
    by: Actor,
    id: string,
    rev: number,
    port: number,
    deviceId: string | null,
  ): Promise<Endpoint> =>
    ledger.inTurn(async () => {
      const current = mustExist(memory.endpoints.get(id), 'PiKVM')
      assertFresh(current, rev, 'PiKVM', publicEndpoint(current))
      if (!current.offer.hasSwitch) throw noSwitch(current)
      if ((memory.consoleAt(id, port)?.deviceId ?? null) === deviceId) return publicEndpoint(current)
      if (deviceId !== null) assertMayCome(current, deviceId)
      const next = { ...current, rev: current.rev + 1 }
      const change = seatChange(next, port, deviceId)
      for (const { deviceId: leaving } of change.gone.consoles) ledger.assertIdle(leaving)
      if (deviceId !== null) ledger.assertIdle(deviceId)
      await store.together([later('endpoints', 'reseat', next, change), ...moveLines(by, next, change)])
      ledger.publish([...applied(change, current.siteId), memory.putEndpoint(next)])
      return publicEndpoint(next)
    })

  const assertMayCome = ({ id, siteId }: StoredEndpoint, deviceId: string): void => {
    const device = mustExist(memory.devices.get(deviceId), 'machine')
    if (device.siteId !== siteId) {
      throw new AppError('request/invalid', `${device.name} is at another site than this PiKVM.`)
    }
    if (memory.consoleOfDevice(deviceId)?.endpointId !== id) assertHasNoKvm(memory, deviceId, device.name)
  }

  const seatChange = (endpoint: StoredEndpoint, port: number, deviceId: string | null): SeatChange => {
    const consoles = memory
      .consolesOfEndpoint(endpoint.id)
      .filter((console) => console.port === port || console.deviceId === deviceId)
    const paths = consoles.flatMap((console) => pathsOf(console))
    const come = deviceId === null ? null : seatParts(ledger, endpoint, deviceId, port)
    return { gone: { consoles, paths }, come }
  }

  /** The way over the port itself; a GPIO channel stays what it was wired to. */
  const pathsOf = ({ endpointId, port }: Console): PowerPath[] =>
    memory
      .pathsOfEndpoint(endpointId)
      .filter((path) => path.target === (port === null ? 'atx' : `atx:${port}`))

  const applied = ({ gone, come }: SeatChange, siteId: string): LiveChange[] => {
    const changes: LiveChange[] = gone.paths.map((path) => memory.dropPath(path))
    for (const console of gone.consoles) changes.push(memory.dropConsole(console, siteId))
    if (come === null) return changes
    changes.push(memory.putConsole(come.console, siteId))
    for (const path of come.paths) changes.push(memory.putPath(path))
    return changes
  }

  /** A line for each machine that does not name the other: whoever sees one need not be allowed to see both. */
  const moveLines = (by: Actor, { id, offer }: StoredEndpoint, { gone, come }: SeatChange): StoreCall[] => {
    const line = ({ deviceId, port }: Console, direction: 'away' | 'here'): StoreCall => {
      const switchPort = port === null ? null : portLabel(port, labelsOf(offer))
      const detail = { endpointId: id, kind: 'pikvm', direction, switchPort }
      return audit.line(by, 'endpoint.moved', { deviceId, detail })
    }
    const away = gone.consoles.filter(({ deviceId }) => deviceId !== come?.console.deviceId)
    return [
      ...away.map((console) => line(console, 'away')),
      ...(come === null ? [] : [line(come.console, 'here')]),
    ]
  }

  return { setPort }
}

function noSwitch({ address }: StoredEndpoint): AppError {
  return new AppError(
    'device/unsupported',
    `The PiKVM at ${address} had no Switch when it was last asked. Connect it, then ask again what the PiKVM has.`,
  )
}
