import { hasPassed } from '../clock/has-passed.ts'
import type { Device } from '../contract/inventory.ts'
import type { LanFact, Observed } from '../contract/state.ts'
import type { Inventory } from '../domain.ts'
import type { DriverLog, Unsubscribe } from '../drivers/driver.ts'
import type { Store } from '../store/store.ts'
import type { SeenMac } from '../store/tables/seen-macs.ts'
import { judgeLan } from './lan-fact.ts'
import type { Neighbour } from './neighbours.ts'
import { segmentOf, type Segment } from './own-segments.ts'

export type LanWatchParts = {
  inventory: Pick<Inventory, 'device' | 'devices'>
  store: Pick<Store, 'seenMacs'>
  segments(): readonly Segment[]
  /** The kernel's neighbour table; null where it cannot be asked. Never throws. */
  read(): Promise<Neighbour[] | null>
  /** Where a check's name leads now; null: nowhere. Never throws. */
  addressOf(name: string): Promise<string | null>
  /** Makes the kernel make sure of this address. Never throws. */
  confirm(address: string): Promise<unknown>
  /** Makes the kernel ask all of a small network. Never throws. */
  call(segment: Segment): Promise<void>
  log: DriverLog
  now(): number
}

/** From one reading of the table to the next, ms. */
const everyMs = 15_000
/** What a check has just found out the kernel knows at once, ms. */
const afterLookMs = 300
/** So long nothing but silence comes from a machine before its network is asked who has its hardware. */
const callAfterMs = 30_000
const callEveryMs = 600_000
const confirmEveryMs = 60_000

/** Where a machine's check leads now, and the network of Crashcart's own that this is on; null: nowhere, on none. */
type Place = { device: Device; address: string | null; segment: Segment | null }

/** What is known of one machine's address. `silentSince`: as of its checks; undefined before the first. */
type Watch = {
  silentSince: number | null | undefined
  seen: SeenMac | null
  fact: Observed<LanFact> | null
  confirmedAt: number
}

/**
 * Whether each machine on a network of Crashcart's own still has its address: its hardware address is learned when it
 * answers, or was written down, and is compared with the kernel's neighbour table at intervals and when it falls silent or answers again.
 */
export class LanWatch {
  readonly #parts: LanWatchParts
  readonly #watches = new Map<string, Watch>()
  readonly #listeners = new Set<(deviceId: string) => void>()
  readonly #calledAt = new Map<string, number>()
  #timer: NodeJS.Timeout | null = null
  #soon: NodeJS.Timeout | null = null
  #running: Promise<void> | null = null

  constructor(parts: LanWatchParts) {
    this.#parts = parts
  }

  /** Takes up what former processes learned, and begins. Throws when the store cannot be read. */
  async start(): Promise<void> {
    for (const seen of await this.#parts.store.seenMacs.all()) this.#watchOf(seen.deviceId).seen = seen
    this.#timer = setInterval(() => void this.readNow(), everyMs)
  }

  /** Null: nobody can know. */
  factOf(deviceId: string): Observed<LanFact> | null {
    return this.#watches.get(deviceId)?.fact ?? null
  }

  onChange(listener: (deviceId: string) => void): Unsubscribe {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /**
   * A machine was looked at: since when it is silent, null while it answers. Looks that bring nothing new come several
   * times a second where there are many machines; for them the readings at intervals are enough.
   */
  noteLook(deviceId: string, silentSince: number | null | undefined): void {
    const watch = this.#watchOf(deviceId)
    if (watch.silentSince === silentSince) return
    watch.silentSince = silentSince
    this.#soon ??= setTimeout(() => void this.readNow(), afterLookMs)
  }

  /** Reads the table and judges every machine by it; joins a reading under way. */
  readNow(): Promise<void> {
    this.#running ??= this.#read().finally(() => (this.#running = null))
    return this.#running
  }

  async close(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer)
    if (this.#soon !== null) clearTimeout(this.#soon)
    this.#listeners.clear()
    await this.#running
  }

  async #read(): Promise<void> {
    if (this.#soon !== null) clearTimeout(this.#soon)
    this.#soon = null
    const segments = this.#parts.segments()
    const devices = this.#parts.inventory.devices().filter(({ checks }) => checks.length > 0)
    const places = await Promise.all(devices.map((device) => this.#placeOf(device, segments)))
    // Asking the kernel costs a process.
    const neighbours = places.some(({ segment }) => segment !== null) ? await this.#parts.read() : null
    for (const id of this.#watches.keys())
      if (this.#parts.inventory.device(id) === undefined) this.#watches.delete(id)
    await Promise.all(places.map((place) => this.#judge(place, neighbours)))
  }

  async #placeOf(device: Device, segments: readonly Segment[]): Promise<Place> {
    const address = await this.#parts.addressOf(device.checks[0]?.address ?? '')
    return { device, address, segment: address === null ? null : segmentOf(address, segments) }
  }

  async #judge({ device, address, segment }: Place, neighbours: Neighbour[] | null): Promise<void> {
    const watch = this.#watchOf(device.id)
    if (neighbours === null || address === null || segment === null || device.nic?.isVirtual === true)
      return this.#set(device.id, watch, null)
    const mac = this.#macOf(device, watch, address, neighbours)
    if (mac === null) return this.#set(device.id, watch, null)
    const fact = judgeLan({ mac, address }, neighbours)
    if (fact !== null) this.#set(device.id, watch, this.#observed(watch, fact))
    if (fact === null) await this.#search(watch, mac, segment, neighbours)
  }

  /** As written down, else as learned at this address, else learned now that the machine answers. */
  #macOf(device: Device, watch: Watch, address: string, neighbours: readonly Neighbour[]): string | null {
    if (device.nic?.mac) return device.nic.mac
    if (watch.seen?.address === address) return watch.seen.mac
    const holder = neighbours.find((one) => one.address === address && one.isFresh)
    if (watch.silentSince !== null || holder === undefined) return null
    watch.seen = { deviceId: device.id, address, mac: holder.mac, at: this.#parts.now() }
    this.#parts.store.seenMacs.put(watch.seen).catch((error: unknown) => {
      this.#parts.log.warn({ err: error, deviceId: device.id }, 'a hardware address could not be kept')
    })
    return holder.mac
  }

  /** Nothing answers there: is its hardware somewhere else? What that brings is in the next reading. */
  async #search(
    watch: Watch,
    mac: string,
    segment: Segment,
    neighbours: readonly Neighbour[],
  ): Promise<void> {
    const now = this.#parts.now()
    const { silentSince } = watch
    if (typeof silentSince !== 'number') return
    const stale = neighbours.filter((one) => one.mac === mac && !one.isFresh)
    if (stale.length > 0 && hasPassed(watch.confirmedAt, now, confirmEveryMs)) {
      watch.confirmedAt = now
      await Promise.all(stale.map(({ address }) => this.#parts.confirm(address)))
    }
    const key = `${segment.address}/${segment.prefix}`
    const calledAt = this.#calledAt.get(key) ?? -Infinity
    if (!hasPassed(silentSince, now, callAfterMs) || !hasPassed(calledAt, now, callEveryMs)) return
    this.#calledAt.set(key, now)
    await this.#parts.call(segment)
  }

  #observed({ fact: before }: Watch, value: LanFact): Observed<LanFact> {
    const observedAt = this.#parts.now()
    const isSame = before !== null && JSON.stringify(before.value) === JSON.stringify(value)
    if (isSame) return { ...before, observedAt }
    return { value, observedAt, since: observedAt, ...(before === null && { maybeLonger: true }) }
  }

  #set(deviceId: string, watch: Watch, fact: Observed<LanFact> | null): void {
    const before = watch.fact
    watch.fact = fact
    if (before === fact || (before !== null && fact !== null && before.since === fact.since)) return
    for (const listener of this.#listeners) listener(deviceId)
  }

  #watchOf(deviceId: string): Watch {
    const watch = this.#watches.get(deviceId) ?? {
      silentSince: undefined,
      seen: null,
      fact: null,
      confirmedAt: -Infinity,
    }
    this.#watches.set(deviceId, watch)
    return watch
  }
}
