import { hasPassed } from '../clock/has-passed.ts'
import type { Inventory, Pictures } from '../domain.ts'
import { kvmOf } from '../drivers/kvm-of.ts'
import type { DriverLog, JpegFrame, Unsubscribe, VideoSource } from '../drivers/driver.ts'
import type { Store } from '../store/store.ts'
import type { EndpointConnections } from './connections.ts'
import { Lane } from './lane.ts'

export type PicturesParts = {
  store: Pick<Store, 'pictures'>
  inventory: Inventory
  connections: Pick<EndpointConnections, 'of'>
  log: DriverLog
  now(): number
}
export type Picture = { at: number; jpeg: Uint8Array }
/** With the KVM that it came from. */
export type KvmPicture = Picture & { endpointId: string }
/** Times of the pictures, ms. */
export type PictureTimes = {
  /** A picture this young is not fetched again. Default 5,000. */
  freshMs: number
  /** Between rounds over all machines whose streamer runs anyway. Default 60,000. */
  everyMs: number
  /** A picture of one machine is written to the disk at most this often. Default 60,000. */
  keepMs: number
}

const defaultTimes: PictureTimes = { freshMs: 5000, everyMs: 60_000, keepMs: 60_000 }
/** What a list on a bad link can afford; steps are tried in turn until a picture fits. */
const wantedBytes = 6 * 1024
const mostBytes = 32 * 1024
const steps = [
  { maxWidth: 320, quality: 40 },
  { maxWidth: 256, quality: 25 },
  { maxWidth: 192, quality: 15 },
] as const

type Kept = KvmPicture & { isStored: boolean; storedAt: number }

/**
 * The newest small picture of each machine, taken only where a streamer runs anyway. A picture belongs to the machine
 * that the KVM was plugged into when it was asked for and when it came.
 */
export class PictureBook implements Pictures {
  readonly #parts: PicturesParts
  readonly #times: PictureTimes
  readonly #kept = new Map<string, Kept>()
  readonly #storedAt = new Map<string, number>()
  readonly #stepOf = new Map<string, number>()
  readonly #running = new Map<string, Promise<Picture | null>>()
  readonly #listeners = new Set<(deviceId: string) => void>()
  readonly #lane = new Lane(8)
  #timer: NodeJS.Timeout | null = null
  #stopWatching: Unsubscribe | null = null

  constructor(parts: PicturesParts, times: Partial<PictureTimes> = {}) {
    this.#parts = parts
    this.#times = { ...defaultTimes, ...times }
  }

  /** Learns what is stored and begins its rounds. */
  async start(): Promise<void> {
    for (const { deviceId, at } of await this.#parts.store.pictures.times()) this.#storedAt.set(deviceId, at)
    this.#stopWatching = this.#parts.inventory.onChange((changes) => {
      for (const change of changes) {
        if (change.entity === 'device' && change.value === null) this.#forget(change.id)
      }
    })
    this.#timer = setInterval(() => void this.#round(), this.#times.everyMs)
  }

  /** When the newest picture of this machine was taken; null when there is none. */
  at(deviceId: string): number | null {
    return this.#kept.get(deviceId)?.at ?? this.#storedAt.get(deviceId) ?? null
  }

  onNew(listener: (deviceId: string) => void): Unsubscribe {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** The newest one that was taken since the start; null when there is none. */
  latest(deviceId: string): KvmPicture | null {
    return this.#kept.get(deviceId) ?? null
  }

  async newest(deviceId: string): Promise<Picture | null> {
    const kept = this.#kept.get(deviceId)
    if (kept !== undefined) return { at: kept.at, jpeg: kept.jpeg }
    if (!this.#storedAt.has(deviceId)) return null
    const stored = await this.#parts.store.pictures.get(deviceId)
    return stored && { at: stored.at, jpeg: stored.jpeg }
  }

  /** Resolves with a new picture where there can be one, else with the newest there is. Joins a fetch under way. */
  refresh(deviceId: string): Promise<Picture | null> {
    const running = this.#running.get(deviceId)
    if (running !== undefined) return running
    const fetched = this.#fetch(deviceId)
      .catch((error: unknown) => {
        this.#parts.log.warn({ deviceId, err: error }, 'could not fetch a small picture')
      })
      .then(() => this.newest(deviceId))
      .finally(() => this.#running.delete(deviceId))
    this.#running.set(deviceId, fetched)
    return fetched
  }

  /** Ends the rounds and writes what is not on the disk yet. */
  async close(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#stopWatching?.()
    await Promise.all(this.#running.values())
    for (const [deviceId, kept] of this.#kept) if (!kept.isStored) await this.#write(deviceId, kept)
  }

  async #fetch(deviceId: string): Promise<void> {
    const { inventory, now } = this.#parts
    if (!hasPassed(this.#kept.get(deviceId)?.at ?? 0, now(), this.#times.freshMs)) return
    const console = inventory.consoleOf(deviceId)
    const connection = kvmOf(deviceId, this.#parts)
    if (console === undefined || connection === null || connection.video === null) return
    const { reachable, signal, streamerRunning } = connection.state.state
    // Without a signal a snapshot blocks the device for seconds, and without a streamer there is none.
    if (reachable.value !== true || signal.value?.present !== true || streamerRunning.value === false) return
    const { video } = connection
    const { id, endpointId } = console
    const frame = await this.#lane.run(() => this.#smallStill(id, video))
    if (frame === null || !frame.online || frame.bytes.length > mostBytes) return
    // Moved to another machine while the picture was on its way: whose screen it shows is not certain.
    const then = inventory.consoleOf(deviceId)
    if (then?.endpointId !== endpointId || then.port !== console.port) return
    await this.#keep(deviceId, endpointId, frame)
  }

  async #smallStill(consoleId: string, video: VideoSource): Promise<JpegFrame | null> {
    let step = this.#stepOf.get(consoleId) ?? 0
    let frame: JpegFrame | null = null
    for (; step < steps.length; step++) {
      frame = await video.still(steps[step] ?? steps[0])
      if (frame === null || frame.bytes.length <= wantedBytes) break
    }
    this.#stepOf.set(consoleId, Math.min(step, steps.length - 1))
    return frame
  }

  async #keep(deviceId: string, endpointId: string, frame: JpegFrame): Promise<void> {
    const before = this.#kept.get(deviceId)
    // One that lies ahead was dated by a clock that was put back since.
    const isOld = before !== undefined && before.at >= frame.reachedAt && before.at <= this.#parts.now()
    if (isOld) return
    const kept: Kept = {
      at: frame.reachedAt,
      // A copy: the frame may be a view into a far larger buffer of the driver.
      jpeg: Uint8Array.from(frame.bytes),
      endpointId,
      isStored: false,
      storedAt: before?.storedAt ?? 0,
    }
    this.#kept.set(deviceId, kept)
    for (const listener of this.#listeners) listener(deviceId)
    if (hasPassed(kept.storedAt, this.#parts.now(), this.#times.keepMs)) await this.#write(deviceId, kept)
  }

  async #write(deviceId: string, kept: Kept): Promise<void> {
    const { at, jpeg, endpointId } = kept
    kept.isStored = true
    kept.storedAt = this.#parts.now()
    await this.#parts.store.pictures.put({ deviceId, endpointId, at, jpeg })
    this.#storedAt.set(deviceId, at)
  }

  /** Where a streamer runs already, looks again; and writes down what waited. */
  async #round(): Promise<void> {
    for (const { id } of this.#parts.inventory.devices()) {
      if (kvmOf(id, this.#parts)?.state.state.streamerRunning.value === true) await this.refresh(id)
      const kept = this.#kept.get(id)
      if (kept?.isStored !== false) continue
      await this.#write(id, kept).catch((error: unknown) => {
        kept.isStored = false
        this.#parts.log.warn({ deviceId: id, err: error }, 'could not keep a small picture')
      })
    }
  }

  #forget(deviceId: string): void {
    this.#kept.delete(deviceId)
    this.#storedAt.delete(deviceId)
  }
}
