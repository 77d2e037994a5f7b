import type { z } from 'zod'
import type { GpioWiring, PowerPath, gpioControlBody, gpioPathEdit } from '../contract/inventory.ts'
import { portLabel, switchPortOf } from '../contract/port-label.ts'
import type { GpioChannel } from '../drivers/driver.ts'
import { AppError } from '../errors.ts'
import { newId } from '../store/new-id.ts'
import { later } from '../store/together.ts'
import { assertFresh, mustExist, type Actor, type Ledger } from './ledger.ts'
import { labelsOf } from './memory.ts'

/** Edits of power paths, and what becomes of actions on them. Each resolves after the durable write, its record included. */
export function powerPathEdits(ledger: Ledger) {
  const { memory, store, audit } = ledger

  /** Makes a GPIO channel of a PiKVM a power path of a machine (any machine of that site). */
  const addGpioPath = (
    by: Actor,
    deviceId: string,
    { endpointId, channel, wiring }: z.infer<typeof gpioControlBody>,
  ): Promise<PowerPath> =>
    ledger.inTurn(async () => {
      const device = mustExist(memory.devices.get(deviceId), 'machine')
      const endpoint = mustExist(memory.endpoints.get(endpointId), 'PiKVM')
      if (endpoint.siteId !== device.siteId) {
        throw new AppError('request/invalid', `This PiKVM is at another site than ${device.name}.`)
      }
      assertCanDo(
        endpoint.offer.gpio.find((offered) => offered.channel === channel),
        channel,
        wiring,
      )
      const target = `gpio:${channel}`
      const taken = memory.pathsOfEndpoint(endpointId).find((path) => path.target === target)
      if (taken !== undefined) {
        const name = memory.devices.get(taken.deviceId)?.name ?? taken.deviceId
        throw new AppError('inventory/inUse', `Channel ${channel} already switches ${name}.`, {
          details: { reason: 'channelTaken', name, channel, uses: [] },
        })
      }
      const path: PowerPath = {
        id: newId(ledger.now()),
        siteId: device.siteId,
        deviceId,
        endpointId,
        target,
        wiring,
        priority: memory.pathsOfDevice(deviceId).length,
        provenAt: null,
        lastVerdict: null,
        rev: 1,
      }
      await store.together([
        later('powerPaths', 'insert', path),
        audit.line(by, 'powerPath.added', { deviceId, detail: { pathId: path.id, target, wiring } }),
      ])
      ledger.publish([memory.putPath(path)])
      return path
    })

  /** Puts right what a GPIO channel is wired to; what was proven over the former wiring is forgotten. */
  const rewirePath = (
    by: Actor,
    id: string,
    { rev, wiring }: z.infer<typeof gpioPathEdit>,
  ): Promise<PowerPath> =>
    ledger.inTurn(async () => {
      const path = mustExist(memory.paths.get(id), 'power path')
      assertFresh(path, rev, 'power path')
      const channel = path.target.startsWith('gpio:') ? path.target.slice('gpio:'.length) : null
      if (channel === null) {
        throw new AppError('device/unsupported', 'Only a GPIO channel can be wired to something else.')
      }
      if (path.wiring === wiring) return path
      ledger.assertIdle(path.deviceId)
      const { offer } = mustExist(memory.endpoints.get(path.endpointId), 'PiKVM')
      assertCanDo(
        offer.gpio.find((offered) => offered.channel === channel),
        channel,
        wiring,
      )
      const next: PowerPath = { ...path, rev: rev + 1, wiring, provenAt: null, lastVerdict: null }
      const { deviceId, target } = path
      const detail = { pathId: id, target, wiring: [path.wiring, wiring] }
      await store.together([
        later('powerPaths', 'setWiring', id, wiring),
        audit.line(by, 'powerPath.rewired', { deviceId, detail }),
      ])
      ledger.publish([memory.putPath(next)])
      return next
    })

  /** Sets a machine's order of preference; `seen` must be exactly its paths as they are. */
  const orderPaths = (
    by: Actor,
    deviceId: string,
    seen: readonly Pick<PowerPath, 'id' | 'rev'>[],
  ): Promise<PowerPath[]> =>
    ledger.inTurn(async () => {
      mustExist(memory.devices.get(deviceId), 'machine')
      const current = memory.pathsOfDevice(deviceId)
      const pathIds = [...new Set(seen.map((path) => path.id))]
      const isSeen = current.every(({ id, rev }) => seen.some((path) => path.id === id && path.rev === rev))
      if (!isSeen || pathIds.length !== current.length || seen.length !== current.length) {
        throw new AppError('inventory/stale', 'The power paths of this machine changed. Nothing was saved.', {
          details: { what: 'power paths', current },
        })
      }
      await store.together([
        later('powerPaths', 'setOrder', pathIds),
        audit.line(by, 'powerPath.ordered', { deviceId, detail: { pathIds } }),
      ])
      const changes = current.map((path) =>
        memory.putPath({ ...path, rev: path.rev + 1, priority: pathIds.indexOf(path.id) }),
      )
      ledger.publish(changes)
      return memory.pathsOfDevice(deviceId)
    })

  const removePath = (by: Actor, id: string, rev: number): Promise<void> =>
    ledger.inTurn(async () => {
      const path = mustExist(memory.paths.get(id), 'power path')
      assertFresh(path, rev, 'power path')
      ledger.assertIdle(path.deviceId)
      const { deviceId } = path
      await store.together([
        later('powerPaths', 'remove', id),
        audit.line(by, 'powerPath.removed', { deviceId, detail: { pathId: id, ...wayOf(path) } }),
      ])
      ledger.publish([memory.dropPath(path)])
    })

  /** For the record: by a port as the Switch calls it. */
  const wayOf = ({ target, endpointId }: PowerPath): { target: string; switchPort?: string } => {
    const port = switchPortOf(target)
    if (port === null) return { target }
    const { offer } = mustExist(memory.endpoints.get(endpointId), 'PiKVM')
    return { target: 'atx', switchPort: portLabel(port, labelsOf(offer)) }
  }

  const noteVerdict = (pathId: string, verdict: string, provenAt: number | null): Promise<void> =>
    ledger.inTurn(async () => {
      const path = memory.paths.get(pathId)
      // Removed while its last action ran: there is nothing left to remember it on.
      if (path === undefined) return
      await store.powerPaths.setVerdict(pathId, verdict, provenAt)
      ledger.publish([memory.putPath({ ...path, lastVerdict: verdict, provenAt: provenAt ?? path.provenAt })])
    })

  /** Moves the usual boot time a third of the way to the newest one; the first one counts whole. */
  const learnBackMs = (deviceId: string, tookMs: number): Promise<void> =>
    ledger.inTurn(async () => {
      if (!memory.devices.has(deviceId)) return
      const before = memory.usualBackMs.get(deviceId)
      const usual = Math.round(before === undefined ? tookMs : before + (tookMs - before) / 3)
      await store.devices.setUsualBackMs(deviceId, usual)
      memory.usualBackMs.set(deviceId, usual)
    })

  return { addGpioPath, rewirePath, orderPaths, removePath, noteVerdict, learnBackMs }
}

function assertCanDo(offered: GpioChannel | undefined, channel: string, wiring: GpioWiring): void {
  if (offered === undefined) {
    throw new AppError('device/unsupported', `This PiKVM has no GPIO channel ${channel}.`, {
      details: { channel },
    })
  }
  const isAble = wiring === 'supply' ? offered.canSwitch : offered.canPulse
  if (offered.isInput || !isAble) {
    throw new AppError(
      'device/unsupported',
      `GPIO channel ${channel} cannot ${wiring === 'supply' ? 'switch' : 'pulse'}.`,
      { details: { channel, wiring } },
    )
  }
}
