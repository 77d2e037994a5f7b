import { atMost } from '../clock/at-most.ts'
import type { Check, Device } from '../contract/inventory.ts'
import type { BmcState, KvmState, MachineState } from '../contract/state.ts'
import type { Inventory, Observer } from '../domain.ts'
import type { Unsubscribe } from '../drivers/driver.ts'
import type { EndpointConnections } from './connections.ts'
import type { Found, NotLooked } from './found.ts'
import { judgeHealth } from './health.ts'
import { advanceSince, startingSince, type KnownHealth, type SinceMemory } from './health-since.ts'
import { Lane } from './lane.ts'
import type { LanWatch } from './lan-watch.ts'
import { MachineLooks } from './machine-looks.ts'
import { machinePower } from './machine-power.ts'
import type { PingAnswer } from './ping.ts'
import type { OwnNetwork } from './self-watch.ts'
import { hasSettled } from './start-grace.ts'
import { TellPace } from './tell-pace.ts'

export type ObserverParts = {
  inventory: Inventory
  connections: Pick<EndpointConnections, 'stateOf' | 'onState' | 'bmcStateOf' | 'onBmcState'>
  pictures: { at(deviceId: string): number | null; onNew(listener: (deviceId: string) => void): Unsubscribe }
  /** Whose hardware answers for a machine's address. */
  lan: Pick<LanWatch, 'factOf' | 'noteLook' | 'onChange'>
  self: Pick<OwnNetwork, 'isDoubtful' | 'isGatewayHeard' | 'confirmSilence' | 'reviewSilence' | 'onChange'>
  /** Runs one check to its end within its limit; never throws. */
  look(check: Check): Promise<Found | NotLooked>
  /** Never throws. */
  ping(address: string): Promise<PingAnswer>
  /** By machine, what the process before knew of its health. Default: nothing. */
  known?: ReadonlyMap<string, KnownHealth>
  now(): number
  random(): number
}
/** Times of the observer, ms. */
export type ObserverTimes = {
  /** From one look at a machine to the next, give or take a tenth. Default 15,000. */
  everyMs: number
  /** First looks are spread over this. Default 1,500. */
  firstWithinMs: number
  /** A look that takes longer gives its place to others while it goes on. Default 1,000. */
  patienceMs: number
  /** Flickering values are told at most this often. Default 2,000. */
  soonMs: number
  /** A state in which nothing changed is told this often, so that its age stays true. Default 30,000. */
  refreshMs: number
}

const defaultTimes: ObserverTimes = {
  everyMs: 15_000,
  firstWithinMs: 1500,
  patienceMs: 1000,
  soonMs: 2000,
  refreshMs: 30_000,
}
/** Machines looked at at once: those that answered last time, and apart from them those that did not. */
const quickWidth = 32
const silentWidth = 128
/** Timer delay past which a start no longer counts as just now; `hasSettled` says so. */
const reviewStartAfterMs = 60_000

type Watch = {
  siteId: string
  looks: MachineLooks
  /** What `looks` said of it when the silences were last reviewed. */
  silentSince: number | null | undefined
  /** Looks that must end before its silence is believed to be its own. */
  rechecks: number
  /** Every check was made once: by some of them alone a machine that is down would be called something else first. */
  hasLooked: boolean
  timer: NodeJS.Timeout | null
  since: SinceMemory
  state: MachineState
  pace: TellPace
}

/** Looks at every machine at intervals, merges what its KVM says, and judges its health. */
export class MachineObserver implements Observer {
  readonly #parts: ObserverParts
  readonly #times: ObserverTimes
  readonly #watches = new Map<string, Watch>()
  readonly #listeners = new Set<(state: MachineState) => void>()
  readonly #quickLane = new Lane(quickWidth)
  readonly #silentLane = new Lane(silentWidth)
  readonly #reachable = new Map<string, boolean | null>()
  #stops: Unsubscribe[] = []
  #startedAt = 0
  #isSettling = true
  #wasDoubtful = false
  #isClosed = false

  constructor(parts: ObserverParts, times: Partial<ObserverTimes> = {}) {
    this.#parts = parts
    this.#times = { ...defaultTimes, ...times }
  }

  start(): void {
    const { inventory, connections, pictures, self, lan, now } = this.#parts
    this.#startedAt = now()
    const settled = setTimeout(() => this.#reviewStart(), reviewStartAfterMs)
    for (const device of inventory.devices()) this.#follow(device)
    this.#stops = [
      () => clearTimeout(settled),
      inventory.onChange((changes) => {
        for (const change of changes) {
          if (change.entity === 'device' && change.value === null) this.#drop(change.id)
          else if (change.entity === 'device' && change.value !== null) this.#follow(change.value)
        }
        if (changes.some((change) => change.entity === 'console')) this.#judgeAll()
      }),
      connections.onState((endpointId, _state, port) => this.#noteEndpoint(endpointId, port)),
      connections.onBmcState((endpointId) => this.#noteEndpoint(endpointId)),
      pictures.onNew((deviceId) => this.#judge(deviceId)),
      lan.onChange((deviceId) => this.#judge(deviceId)),
      self.onChange(() => {
        this.#reviewDoubt()
        this.#reviewStart()
        this.#judgeAll()
      }),
    ]
  }

  state(deviceId: string): MachineState | undefined {
    return this.#watches.get(deviceId)?.state
  }

  states(): readonly MachineState[] {
    return [...this.#watches.values()].map((watch) => watch.state)
  }

  onChange(listener: (state: MachineState) => void): Unsubscribe {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async checkNow(deviceId: string): Promise<MachineState | undefined> {
    const watch = this.#watches.get(deviceId)
    if (watch === undefined) return undefined
    watch.looks.pingNow()
    await this.#look(deviceId, watch)
    return this.state(deviceId)
  }

  /** Ends all looks and timers; resolves when none is under way. */
  async close(): Promise<void> {
    this.#isClosed = true
    for (const stop of this.#stops) stop()
    const watches = [...this.#watches.values()]
    for (const id of this.#watches.keys()) this.#drop(id)
    await Promise.all(watches.map(({ looks }) => looks.settled()))
  }

  #follow(device: Device): void {
    const watch = this.#watches.get(device.id) ?? this.#newWatch(device)
    this.#watches.set(device.id, watch)
    const hasNew = watch.looks.set(device.checks)
    this.#judge(device.id)
    if (watch.looks.hasChecks && (hasNew || watch.timer === null)) {
      this.#schedule(device.id, watch, this.#parts.random() * this.#times.firstWithinMs)
    }
  }

  #newWatch({ id: deviceId, siteId }: Device): Watch {
    const { look, ping, self, now } = this.#parts
    const confirmSilence = (): Promise<void> => self.confirmSilence()
    const looks = new MachineLooks({ look, ping, confirmSilence, now }, () => this.#noteLook(deviceId))
    const startedAt = now()
    const since = startingSince(this.#parts.known?.get(deviceId) ?? null, startedAt)
    const state: MachineState = {
      deviceId,
      siteId,
      ...since.shown,
      cause: 'checking',
      net: looks.net,
      checks: [],
      kvm: null,
      bmc: null,
      power: machinePower(null, null, startedAt),
      pictureAt: null,
    }
    const pace = new TellPace(state, this.#times, now, (told) => {
      for (const listener of this.#listeners) listener(told)
    })
    return {
      siteId,
      looks,
      silentSince: undefined,
      rechecks: 0,
      hasLooked: false,
      timer: null,
      since,
      state,
      pace,
    }
  }

  #drop(deviceId: string): void {
    const watch = this.#watches.get(deviceId)
    if (watch === undefined) return
    if (watch.timer !== null) clearTimeout(watch.timer)
    watch.pace.stop()
    this.#watches.delete(deviceId)
    if (!this.#isClosed) this.#reviewSilence()
  }

  #schedule(deviceId: string, watch: Watch, delayMs: number): void {
    if (watch.timer !== null) clearTimeout(watch.timer)
    watch.timer = setTimeout(() => void this.#lookAndGoOn(deviceId, watch), delayMs)
  }

  async #lookAndGoOn(deviceId: string, watch: Watch): Promise<void> {
    const startedAt = performance.now()
    const period = this.#times.everyMs * (0.9 + this.#parts.random() * 0.2)
    if (isSilent(watch)) await this.#silentLane.run(() => this.#look(deviceId, watch))
    else await this.#lookQuickly(deviceId, watch)
    if (this.#isClosed || this.#watches.get(deviceId) !== watch || !watch.looks.hasChecks) return
    this.#schedule(deviceId, watch, Math.max(0, startedAt + period - performance.now()))
  }

  /** The place is for those that answer: one that takes its time keeps it only for a moment. */
  async #lookQuickly(deviceId: string, watch: Watch): Promise<void> {
    let look: Promise<void> = Promise.resolve()
    await this.#quickLane.run(async () => {
      look = this.#look(deviceId, watch)
      await atMost(this.#times.patienceMs, look)
    })
    await look
  }

  #look(deviceId: string, watch: Watch): Promise<void> {
    if (this.#isClosed || this.#watches.get(deviceId) !== watch) return Promise.resolve()
    return watch.looks.look()
  }

  #noteLook(deviceId: string): void {
    const watch = this.#watches.get(deviceId)
    if (this.#isClosed || watch === undefined) return
    const { silentSince } = watch.looks
    this.#parts.lan.noteLook(deviceId, silentSince)
    // Reading all of them at each look would cost the square of their number.
    if (silentSince !== watch.silentSince) {
      watch.silentSince = silentSince
      this.#reviewSilence()
    }
    this.#reviewStart()
    this.#judge(deviceId)
  }

  #noteEndpoint(endpointId: string, port?: number | null): void {
    const reachable = this.#stateOf(endpointId)?.reachable.value ?? null
    if (this.#reachable.get(endpointId) !== reachable) {
      this.#reachable.set(endpointId, reachable)
      this.#reviewSilence()
    }
    const deviceId = this.#parts.inventory.deviceOf(endpointId, port)
    if (deviceId !== undefined) this.#judge(deviceId)
  }

  /** Tells who watches Crashcart's own network what is silent, machines and endpoints alike. */
  #reviewSilence(): void {
    const { inventory, self } = this.#parts
    const machines = [...this.#watches.values()].map(({ silentSince }) => silentSince)
    const endpoints = inventory.endpoints().map(({ id }) => {
      const reachable = this.#stateOf(id)?.reachable
      if (reachable === undefined || reachable.value === null) return undefined
      return reachable.value ? null : reachable.since
    })
    self.reviewSilence([...machines, ...endpoints].filter((since) => since !== undefined))
  }

  /** What fell silent while Crashcart itself was in doubt is looked at anew before it is believed. */
  #reviewDoubt(): void {
    const { isDoubtful } = this.#parts.self
    const hasEnded = this.#wasDoubtful && !isDoubtful
    this.#wasDoubtful = isDoubtful
    if (!hasEnded) return
    for (const [deviceId, watch] of this.#watches)
      if (typeof watch.looks.silentSince === 'number') void this.#recheck(deviceId, watch)
  }

  async #recheck(deviceId: string, watch: Watch): Promise<void> {
    watch.rechecks++
    // A look that began in doubt proves nothing.
    await watch.looks.settled()
    await this.#silentLane.run(() => this.#look(deviceId, watch))
    watch.rechecks--
    this.#judge(deviceId)
  }

  #reviewStart(): void {
    if (!this.#isSettling) return
    const looks = [...this.#watches.values()]
      .filter((watch) => watch.looks.hasChecks)
      .map((watch) => ({ isLooked: watch.looks.isLooked, isSilent: isSilent(watch) }))
    const now = this.#parts.now()
    // Started by a clock that was put back since: how long ago nobody knows.
    const sinceStartMs = now < this.#startedAt ? Infinity : now - this.#startedAt
    if (!hasSettled(sinceStartMs, looks, this.#parts.self.isGatewayHeard)) return
    this.#isSettling = false
    this.#judgeAll()
  }

  #stateOf(endpointId: string): KvmState | BmcState | null {
    const { connections } = this.#parts
    return connections.stateOf(endpointId) ?? connections.bmcStateOf(endpointId)
  }

  #judgeAll(): void {
    for (const deviceId of this.#watches.keys()) this.#judge(deviceId)
  }

  #judge(deviceId: string): void {
    const watch = this.#watches.get(deviceId)
    if (watch === undefined || this.#isClosed) return
    const { inventory, connections, pictures } = this.#parts
    const { siteId, looks } = watch
    const now = this.#parts.now()
    const console = inventory.consoleOf(deviceId)
    const kvm = console === undefined ? null : connections.stateOf(console.endpointId, console.port)
    const bmcId = inventory.bmcOf(deviceId)
    const bmc = bmcId === undefined ? null : connections.bmcStateOf(bmcId)
    watch.hasLooked ||= looks.isLooked
    const judgement = judgeHealth({
      checks: watch.hasLooked ? looks.findings : looks.findings.map(({ kind }) => ({ kind, result: null })),
      nameProblem: looks.nameProblem,
      ping: looks.freshPing,
      kvm,
      bmc,
      isCutOff: this.#parts.self.isDoubtful || watch.rechecks > 0,
      isSettling: this.#isSettling,
      now,
    })
    const lan = this.#parts.lan.factOf(deviceId)
    const net = lan === null ? looks.net : { ...looks.net, lan }
    const { checks } = looks
    const power = machinePower(kvm, bmc, now)
    const pictureAt = pictures.at(deviceId)
    watch.since = advanceSince(watch.since, judgement, now)
    const standing = { ...watch.since.shown, cause: judgement.cause }
    watch.state = { deviceId, siteId, ...standing, net, checks, kvm, bmc, power, pictureAt }
    watch.pace.put(watch.state)
  }
}

/** Nobody answers there, or nobody knows where it is: looks that take their time. */
function isSilent({ looks }: Watch): boolean {
  return typeof looks.silentSince === 'number' || looks.nameProblem !== null
}
