import type { Check, Device } from '../contract/inventory.ts'
import type { BmcState, CheckResult, CheckState, KvmState, MachineState } from '../contract/state.ts'
import type { Inventory, Observer } from '../domain.ts'
import type { Unsubscribe } from '../drivers/driver.ts'
import { blankNet } from './blank-net.ts'
import { changeWeight } from './change-weight.ts'
import type { EndpointConnections } from './connections.ts'
import { isCutOff } from './cut-off.ts'
import { judgeHealth } from './health.ts'
import { Lane } from './lane.ts'
import { machinePower } from './machine-power.ts'

export type ObserverParts = {
  inventory: Inventory
  connections: Pick<EndpointConnections, 'stateOf' | 'onState' | 'bmcStateOf' | 'onBmcState'>
  pictures: { at(deviceId: string): number | null; onNew(listener: (deviceId: string) => void): Unsubscribe }
  /** Runs one check to its end within its limit; never throws. */
  look(check: Check): Promise<CheckResult>
  now(): number
  random(): number
}
/** Times of the observer, ms. */
export type ObserverTimes = {
  /** From one look at a machine to the next, give or take a tenth. Default 15,000. */
  everyMs: number
  /** First looks are spread over this. Default 1,500. */
  firstWithinMs: number
  /** Flickering values are told at most this often. Default 2,000. */
  soonMs: number
  /** A state in which nothing changed is told this often, so that its age stays true. Default 30,000. */
  refreshMs: number
}

const defaultTimes: ObserverTimes = { everyMs: 15_000, firstWithinMs: 1500, soonMs: 2000, refreshMs: 30_000 }
/** Machines looked at at once: those that answered last time, and apart from them those that did not. */
const laneWidth = 32

type Watch = {
  siteId: string
  checks: Map<string, { check: Check; state: CheckState }>
  running: Promise<void> | null
  timer: NodeJS.Timeout | null
  state: MachineState
  told: MachineState
  toldAt: number
  tellTimer: NodeJS.Timeout | null
}

/** Looks at every machine at intervals, merges what its KVM says, and judges its health. */
export class MachineObserver implements Observer {
  readonly #parts: ObserverParts
  readonly #times: ObserverTimes
  readonly #watches = new Map<string, Watch>()
  readonly #listeners = new Set<(state: MachineState) => void>()
  readonly #quickLane = new Lane(laneWidth)
  readonly #silentLane = new Lane(laneWidth)
  readonly #reachable = new Map<string, boolean | null>()
  #stops: Unsubscribe[] = []
  #isCutOff = false
  #isClosed = false

  constructor(parts: ObserverParts, times: Partial<ObserverTimes> = {}) {
    this.#parts = parts
    this.#times = { ...defaultTimes, ...times }
  }

  start(): void {
    const { inventory, connections, pictures } = this.#parts
    for (const device of inventory.devices()) this.#follow(device)
    this.#stops = [
      inventory.onChange((changes) => {
        for (const change of changes) {
          if (change.entity === 'device' && change.value === null) this.#drop(change.id)
          else if (change.entity === 'device' && change.value !== null) this.#follow(change.value)
        }
        if (changes.some((change) => change.entity === 'console')) this.#judgeAll()
      }),
      connections.onState((endpointId, _state, port) => {
        this.#reviewReachable(endpointId)
        const deviceId = inventory.deviceOf(endpointId, port)
        if (deviceId !== undefined) this.#judge(deviceId)
      }),
      connections.onBmcState((endpointId) => {
        this.#reviewReachable(endpointId)
        const deviceId = inventory.deviceOf(endpointId)
        if (deviceId !== undefined) this.#judge(deviceId)
      }),
      pictures.onNew((deviceId) => this.#judge(deviceId)),
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
    await this.#look(deviceId, watch)
    return this.state(deviceId)
  }

  /** Ends all looks and timers; resolves when none is under way. */
  async close(): Promise<void> {
    this.#isClosed = true
    for (const stop of this.#stops) stop()
    const running = [...this.#watches.values()].map((watch) => watch.running)
    for (const id of this.#watches.keys()) this.#drop(id)
    await Promise.all(running)
  }

  #follow(device: Device): void {
    const known = this.#watches.get(device.id)
    const watch = known ?? this.#newWatch(device)
    const before = watch.checks
    watch.checks = new Map(device.checks.map((check) => [checkIdOf(check), this.#checkEntry(check, before)]))
    this.#watches.set(device.id, watch)
    const isSame = before.size === watch.checks.size && [...watch.checks.keys()].every((id) => before.has(id))
    this.#judge(device.id)
    if (watch.checks.size > 0 && (!isSame || watch.timer === null)) {
      this.#schedule(device.id, watch, this.#parts.random() * this.#times.firstWithinMs)
    }
  }

  #newWatch({ id: deviceId, siteId }: Device): Watch {
    const since = this.#parts.now()
    const state: MachineState = {
      deviceId,
      siteId,
      health: 'unknown',
      cause: 'checking',
      since,
      net: blankNet(since),
      checks: [],
      kvm: null,
      bmc: null,
      power: machinePower(null, null, since),
      pictureAt: null,
    }
    const idle = { running: null, timer: null, tellTimer: null }
    return { siteId, checks: new Map(), state, told: state, toldAt: 0, ...idle }
  }

  #checkEntry(check: Check, before: Watch['checks']): { check: Check; state: CheckState } {
    const checkId = checkIdOf(check)
    const now = this.#parts.now()
    const fresh: CheckState = {
      checkId,
      label: check.label,
      said: null,
      result: { value: null, observedAt: now, since: now },
      lastGoodAt: null,
    }
    return { check, state: { ...(before.get(checkId)?.state ?? fresh), label: check.label } }
  }

  #drop(deviceId: string): void {
    const watch = this.#watches.get(deviceId)
    if (watch === undefined) return
    if (watch.timer !== null) clearTimeout(watch.timer)
    if (watch.tellTimer !== null) clearTimeout(watch.tellTimer)
    this.#watches.delete(deviceId)
    this.#reviewCutOff()
  }

  #schedule(deviceId: string, watch: Watch, delayMs: number): void {
    if (watch.timer !== null) clearTimeout(watch.timer)
    watch.timer = setTimeout(() => {
      const startedAt = this.#parts.now()
      const period = this.#times.everyMs * (0.9 + this.#parts.random() * 0.2)
      const lane = isSilent(watch) ? this.#silentLane : this.#quickLane
      const lookAndGoOn = async (): Promise<void> => {
        await lane.run(() => this.#look(deviceId, watch))
        if (this.#isClosed || this.#watches.get(deviceId) !== watch || watch.checks.size === 0) return
        this.#schedule(deviceId, watch, Math.max(0, startedAt + period - this.#parts.now()))
      }
      void lookAndGoOn()
    }, delayMs)
  }

  /** One round of a machine's checks; a second caller joins the round under way. */
  #look(deviceId: string, watch: Watch): Promise<void> {
    if (this.#isClosed || this.#watches.get(deviceId) !== watch) return Promise.resolve()
    watch.running ??= this.#lookAtAll(deviceId, watch)
    return watch.running
  }

  async #lookAtAll(deviceId: string, watch: Watch): Promise<void> {
    const entries = [...watch.checks.entries()]
    await Promise.all(entries.map(([id, { check }]) => this.#lookOnce(deviceId, watch, id, check)))
    watch.running = null
  }

  async #lookOnce(deviceId: string, watch: Watch, checkId: string, check: Check): Promise<void> {
    const value = await this.#parts.look(check)
    const entry = watch.checks.get(checkId)
    if (entry === undefined) return
    const observedAt = this.#parts.now()
    const { result, lastGoodAt } = entry.state
    const since = result.value === value ? result.since : observedAt
    entry.state = {
      ...entry.state,
      result: { value, observedAt, since },
      lastGoodAt: value === 'answers' ? observedAt : lastGoodAt,
    }
    this.#reviewCutOff()
    this.#judge(deviceId)
  }

  #reviewReachable(endpointId: string): void {
    const reachable = this.#stateOf(endpointId)?.reachable.value ?? null
    if (this.#reachable.get(endpointId) === reachable) return
    this.#reachable.set(endpointId, reachable)
    this.#reviewCutOff()
  }

  #reviewCutOff(): void {
    const { inventory } = this.#parts
    const machines = [...this.#watches.values()].flatMap((watch) => {
      const results = [...watch.checks.values()].map(({ state }) => state.result)
      if (results.every((result) => result.value === null)) return []
      return [isSilent(watch) ? Math.max(...results.map((result) => result.since)) : null]
    })
    const endpoints = inventory.endpoints().flatMap(({ id }) => {
      const reachable = this.#stateOf(id)?.reachable
      if (reachable === undefined || reachable.value === null) return []
      return [reachable.value ? null : reachable.since]
    })
    const next = isCutOff(this.#isCutOff, [...machines, ...endpoints])
    if (next === this.#isCutOff) return
    this.#isCutOff = next
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
    const now = this.#parts.now()
    const checks = [...watch.checks.values()].map(({ state }) => state)
    const console = inventory.consoleOf(deviceId)
    const kvm = console === undefined ? null : connections.stateOf(console.endpointId, console.port)
    const bmcId = inventory.bmcOf(deviceId)
    const bmc = bmcId === undefined ? null : connections.bmcStateOf(bmcId)
    const findings = [...watch.checks.values()].map(({ check, state }) => ({
      kind: check.kind,
      result: state.result.value,
    }))
    const { health, cause } = judgeHealth({ checks: findings, kvm, bmc, isCutOff: this.#isCutOff, now })
    const power = machinePower(kvm, bmc, now)
    const before = watch.state
    const since = before.health === health ? before.since : now
    const pictureAt = pictures.at(deviceId)
    const { siteId } = watch
    const { net } = before
    watch.state = { deviceId, siteId, health, cause, since, net, checks, kvm, bmc, power, pictureAt }
    this.#tell(watch)
  }

  /** Tells at once what matters, and the rest later, as it is then. */
  #tell(watch: Watch): void {
    const weight = changeWeight(watch.told, watch.state)
    const waitMs = { now: 0, soon: this.#times.soonMs, age: this.#times.refreshMs }[weight]
    const leftMs = watch.toldAt + waitMs - this.#parts.now()
    if (leftMs <= 0) {
      if (watch.tellTimer !== null) clearTimeout(watch.tellTimer)
      watch.tellTimer = null
      watch.told = watch.state
      watch.toldAt = this.#parts.now()
      for (const listener of this.#listeners) listener(watch.state)
    } else if (weight === 'soon') {
      watch.tellTimer ??= setTimeout(() => {
        watch.tellTimer = null
        this.#tell(watch)
      }, leftMs)
    }
  }
}

/** Checks have no id of their own: what is asked is what they are. */
function checkIdOf({ kind, address, port }: Check): string {
  return `${kind}:${address}:${port}`
}

function isSilent(watch: Watch): boolean {
  const states = [...watch.checks.values()]
  return states.length > 0 && states.every(({ state }) => state.result.value === 'noAnswer')
}
