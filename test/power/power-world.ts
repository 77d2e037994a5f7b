import { DatabaseSync } from 'node:sqlite'
import type { Principal } from '../../server/access/can.ts'
import type { Device, PowerPath } from '../../server/contract/inventory.ts'
import type { BmcState, KvmState, MachineState } from '../../server/contract/state.ts'
import type { BootKeyNews, Connections, Inventory, Observer } from '../../server/domain.ts'
import type { PowerParts } from '../../server/power/parts.ts'
import { blankBmcState } from '../../server/drivers/blank-bmc-state.ts'
import type {
  BmcControl,
  EndpointConnection,
  PowerSignal,
  PulseLimits,
  SendOutcome,
} from '../../server/drivers/driver.ts'
import { PowerService } from '../../server/power/power-service.ts'
import { migrations } from '../../server/store/migrations.ts'
import type { Store } from '../../server/store/store.ts'
import { tables } from '../../server/store/tables.ts'
import { FakeBoard, type BoardOptions } from './fake-board.ts'
import { ManualClock, settle } from './manual-clock.ts'

export const haruka: Principal = {
  userId: 'user1',
  name: 'Haruka',
  role: 'operator',
  sessionId: 's1',
  grants: new Map(),
}
export const kenji: Principal = { ...haruka, userId: 'user2', name: 'Kenji', sessionId: 's2' }

export const nas1: Device = {
  id: 'nas1',
  rev: 1,
  siteId: 'site1',
  name: 'nas1',
  kind: 'nas',
  placement: { kind: 'none' },
  notes: '',
  isProtected: false,
  layout: 'us',
  checks: [],
  dependsOn: [],
}
export const atx: PowerPath = {
  id: 'path1',
  siteId: 'site1',
  deviceId: 'nas1',
  endpointId: 'kvm1',
  target: 'atx',
  wiring: 'atx',
  priority: 0,
  rev: 1,
  provenAt: null,
  lastVerdict: null,
}

/** A second way to the same machine, used where a world is made with it. */
export const byBmc = {
  id: 'path2',
  endpointId: 'bmc1',
  target: 'ipmi',
  wiring: 'ipmi',
  priority: 1,
} satisfies Partial<PowerPath>

/** The store's own operations on a database in memory, without the worker thread. */
export function directStore(db: DatabaseSync, life: Life): Pick<Store, 'actions' | 'nonces'> {
  const remote = (operations: object): object =>
    Object.fromEntries(
      Object.entries(operations).map(([name, run]) => [
        name,
        (...args: unknown[]) =>
          life.step(name, () => structuredClone((run as (...a: unknown[]) => unknown)(db, ...args))),
      ]),
    )
  const store = { actions: remote(tables.actions), nonces: remote(tables.nonces) }
  return store as Pick<Store, 'actions' | 'nonces'>
}

/** A process that can die: from then on nothing it began is ever answered. */
export class Life {
  isAlive = true
  /** Dies just before or just after the step of this name, e.g. `before markSending`. */
  diesAt: string | null = null
  /** The next step of this name fails. */
  failsAt: string | null = null
  /** The step of this name is done, and its answer never comes. */
  stallsAt: string | null = null

  async step<T>(name: string, run: () => T): Promise<T> {
    this.#maybeDie(`before ${name}`)
    if (!this.isAlive) return await never()
    if (this.failsAt === name) {
      this.failsAt = null
      throw new Error('disk full')
    }
    const value = run()
    this.#maybeDie(`after ${name}`)
    if (this.stallsAt === name) return await never()
    return this.isAlive ? value : await never()
  }

  #maybeDie(moment: string): void {
    if (this.diesAt === moment) this.isAlive = false
  }
}

export function never(): Promise<never> {
  return new Promise<never>(() => undefined)
}

export type WorldOptions = {
  board?: Partial<BoardOptions>
  device?: Partial<Device>
  paths?: Partial<PowerPath>[]
}

/** One machine behind one PiKVM (and a BMC, with `byBmc`) with the real power service around it; time moves by hand. */
export class PowerWorld {
  readonly clock = new ManualClock()
  readonly board: FakeBoard
  device: Device
  paths: PowerPath[]
  /** As the PiKVM told it when it was last asked; null: it never did. */
  pulse: PulseLimits | null
  readonly audited: { event: string; by: string | undefined; detail?: Record<string, unknown> }[] = []
  /** Each time that boot keys began to be pressed, and when that ended. */
  readonly caught: { keys: readonly string[]; from: number; to: number | null }[] = []
  /** What arrived at the BMC, where a path leads to one. */
  readonly bmcSends: PowerSignal[] = []
  /** How the next commands to the BMC end; `lost`: it never arrives, and no answer comes. */
  nextBmcOutcome: 'acknowledged' | 'lost' = 'acknowledged'
  readonly verdicts: { verdict: string; provenAt: number | null }[] = []
  readonly db = new DatabaseSync(':memory:')
  life = new Life()
  usualBackMs: number | null = null
  auditFails = false
  service!: PowerService
  readonly #machineListeners = new Set<(state: MachineState) => void>()
  readonly #kvmListeners = new Set<(endpointId: string, state: KvmState) => void>()

  private constructor({ board = {}, device = {}, paths = [{}] }: WorldOptions) {
    for (const step of migrations) this.db.exec(step)
    this.board = new FakeBoard(board, () => this.clock.now())
    this.device = { ...nas1, ...device }
    this.pulse = this.board.options.pulse
    this.paths = paths.map((path) => ({ ...atx, ...path }))
  }

  static async make(options: WorldOptions = {}): Promise<PowerWorld> {
    const world = new PowerWorld(options)
    world.service = await PowerService.start(world.#parts())
    return world
  }

  /** The process is killed, wherever it is; another one starts on the same database. */
  async restart(): Promise<void> {
    this.life.isAlive = false
    // The socket of a dead process is gone, and kvmd lets go of its keys.
    for (const caught of this.caught) caught.to ??= this.clock.now()
    this.#machineListeners.clear()
    this.#kvmListeners.clear()
    this.life = new Life()
    this.service = await PowerService.start(this.#parts())
    await settle()
  }

  #parts(): PowerParts {
    const { life } = this
    return {
      store: directStore(this.db, life),
      inventory: this.#inventory(),
      connections: this.#connections(life),
      observer: this.#observer(),
      self: { state: () => ({ doubt: null, gateway: null }) },
      viewers: { namesOn: () => ['Haruka', 'Kenji'] },
      shortcuts: {
        press: (_deviceId, shortcut) =>
          life.step('send', () => {
            const fate = this.board.typeKeys(
              shortcut.type === 'ctrlAltDel' ? 'ctrlAltDel' : `sysrq:${shortcut.letter}`,
            )
            this.see()
            return fate
          }),
      },
      bootKeys: { pressBootKeys: (_deviceId, keys, tell) => this.#pressBootKeys(keys, tell) },
      audit: {
        record: async (actor, event, { detail }) => {
          if (this.auditFails) throw new Error('disk full')
          this.audited.push({ event, by: actor?.name, ...(detail && { detail }) })
        },
      },
      clock: {
        now: () => this.clock.now(),
        every: (periodMs, task) => this.clock.every(periodMs, () => life.isAlive && task()),
      },
      log: { info: () => undefined, warn: () => undefined },
    }
  }

  /** The KVM is given to another machine: nothing is pressed any more. */
  loseKeyboard: (() => void) | null = null
  /** A key went out. */
  pressKey: (() => void) | null = null

  #pressBootKeys(keys: readonly string[], tell: BootKeyNews): () => void {
    const caught = { keys, from: this.clock.now(), to: null as number | null }
    this.caught.push(caught)
    const stop = (): void => {
      caught.to ??= this.clock.now()
    }
    this.loseKeyboard = () => {
      stop()
      tell.lost()
    }
    this.pressKey = () => tell.pressed()
    return stop
  }

  /** Moves time on; everybody sees what changed. */
  async pass(ms: number): Promise<void> {
    const end = this.clock.now() + ms
    while (this.clock.now() < end) {
      await this.clock.advance(Math.min(500, end - this.clock.now()))
      this.see()
      await settle()
    }
  }

  /** Shows everybody the machine as it is now. */
  see(): void {
    const kvm = this.board.kvm()
    for (const listener of this.#kvmListeners) listener('kvm1', kvm)
    const machine = this.#machine()
    for (const listener of this.#machineListeners) listener(machine)
  }

  #inventory(): Inventory {
    const inventory: Partial<Inventory> = {
      device: (id) => (id === 'nas1' ? this.device : undefined),
      endpoint: () => ({
        id: 'kvm1',
        siteId: 'site1',
        rev: 1,
        kind: 'pikvm',
        address: '10.0.0.9',
        port: 443,
        user: 'admin',
        hasPassword: true,
        hasTotp: false,
        fingerprint: null,
        offeredFingerprint: null,
        model: '',
        version: '',
        hasSwitch: false,
        portLabels: [],
        ipmi: null,
      }),
      consoleOf: () => ({ id: 'c1', deviceId: 'nas1', endpointId: 'kvm1', port: null, type: 'kvm' }),
      deviceOf: () => 'nas1',
      bmcOf: () => (this.#hasBmc ? 'bmc1' : undefined),
      pathsOf: () => this.paths,
      pulseOf: () => this.pulse,
      noteVerdict: async (_pathId, verdict, provenAt) => {
        this.verdicts.push({ verdict, provenAt })
      },
      usualBackMs: () => this.usualBackMs,
      learnBackMs: async (_deviceId, tookMs) => {
        this.usualBackMs = tookMs
      },
    }
    return inventory as Inventory
  }

  get #hasBmc(): boolean {
    return this.paths.some(({ wiring }) => wiring === 'ipmi')
  }

  #bmc(): BmcState {
    const now = this.clock.now()
    const seen = <T>(value: T) => ({ value, observedAt: now, since: now })
    const power = seen(this.board.isOn ? ('on' as const) : ('off' as const))
    return { ...blankBmcState('bmc1', null, now), reachable: seen(true), power }
  }

  #machine(): MachineState {
    return { ...this.board.machine(), bmc: this.#hasBmc ? this.#bmc() : null }
  }

  #sendToBmc(signal: PowerSignal): SendOutcome {
    const at = this.clock.now()
    if (this.nextBmcOutcome === 'lost') return { outcome: 'unknown', reason: 'timeout', at }
    this.bmcSends.push(signal)
    return { outcome: 'acknowledged', reason: '', at }
  }

  #connections(life: Life): Connections {
    const board = this.board
    const see = (): void => this.see()
    const kvm: EndpointConnection = {
      power: { send: (signal) => life.step('send', () => board.send(signal)) },
      video: null,
      input: {
        key: () => false,
        pointer: () => {
          board.report()
          see()
          return true
        },
        onReleased: () => () => undefined,
      },
      state: {
        get state() {
          return board.kvm()
        },
        onChange: () => () => undefined,
      },
      close: async () => undefined,
    }
    const power = { send: (signal: PowerSignal) => life.step('send', () => this.#sendToBmc(signal)) }
    const bmcState = (): BmcState => this.#bmc()
    const bmc: BmcControl = {
      get state() {
        return bmcState()
      },
      onChange: () => () => undefined,
      refresh: async () => undefined,
      watchClosely: () => () => undefined,
      setNextBoot: () => Promise.reject(new Error('not asked for')),
      identify: () => Promise.reject(new Error('not asked for')),
    }
    return {
      of: (endpointId) => (endpointId === 'bmc1' ? { ...kvm, input: null, power, bmc } : kvm),
      onState: (listener) => {
        this.#kvmListeners.add(listener)
        return () => this.#kvmListeners.delete(listener)
      },
      onBmcState: () => () => undefined,
      onReplaced: () => () => undefined,
    }
  }

  #observer(): Observer {
    return {
      state: () => this.#machine(),
      states: () => [this.#machine()],
      onChange: (listener) => {
        this.#machineListeners.add(listener)
        return () => this.#machineListeners.delete(listener)
      },
      checkNow: async () => {
        this.board.runCheck()
        return this.#machine()
      },
    }
  }
}
