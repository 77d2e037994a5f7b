import { DatabaseSync } from 'node:sqlite'
import type { Principal } from '../../../server/access/can.ts'
import type { BootAim } from '../../../server/contract/boot-keys.ts'
import type { Action, Catching, PowerVerb } from '../../../server/contract/power.ts'
import type { BmcState, KvmState, MachineState } from '../../../server/contract/state.ts'
import type { Connections, Observer, Shortcut } from '../../../server/domain.ts'
import type { EndpointConnection, PowerSignal, SendOutcome } from '../../../server/drivers/driver.ts'
import type { PowerParts } from '../../../server/power/parts.ts'
import { PowerService } from '../../../server/power/power-service.ts'
import { sleep } from '../../../server/sim/machine/clock.ts'
import { migrations } from '../../../server/store/migrations.ts'
import { ManualClock, settle } from '../manual-clock.ts'
import { directStore, Life, never } from '../power-world.ts'
import { FaultMachine, type Rig } from './fault-machine.ts'
import { inventoryOf } from './fault-inventory.ts'
import { FaultKeyboard } from './fault-keyboard.ts'
import { brokenByKeys } from './judge-keys.ts'
import { brokenPromises, type Send } from './judge.ts'

const stepMs = 500
const checkEveryMs = 15_000

/** The real power service and its real journal around one simulated machine; time is held, and the process may die. */
export class FaultWorld {
  readonly machine: FaultMachine
  readonly sends: Send[] = []
  readonly keyboard: FaultKeyboard
  /** Sends that the journal did not announce, or announced for several actions at once. */
  readonly unannounced: string[] = []
  readonly db = new DatabaseSync(':memory:')
  life = new Life()
  service!: PowerService
  #clock = new ManualClock()
  #checkedAt = 0
  #process = 0
  readonly #onMachine = new Set<(state: MachineState) => void>()
  readonly #onKvm = new Set<(endpointId: string, state: KvmState) => void>()
  readonly #onBmc = new Set<(endpointId: string, state: BmcState) => void>()

  private constructor(rig: Rig) {
    for (const step of migrations) this.db.exec(step)
    this.machine = new FaultMachine(rig)
    this.keyboard = new FaultKeyboard(this.machine)
  }

  static async make(rig: Rig): Promise<FaultWorld> {
    const world = new FaultWorld(rig)
    world.service = await PowerService.start(world.#parts())
    return world
  }

  /** Kills the process where it is; another one starts on the same journal after a while. */
  async restart(afterMs: number): Promise<void> {
    this.life.isAlive = false
    this.keyboard.letGo()
    for (const listeners of [this.#onMachine, this.#onKvm, this.#onBmc]) listeners.clear()
    this.#clock = new ManualClock(this.machine.now())
    await this.pass(afterMs)
    this.machine.forgetChecks()
    this.life = new Life()
    this.#process += 1
    this.service = await PowerService.start(this.#parts())
    await settle()
  }

  /** Moves time on, the machine's and the service's together. */
  async pass(ms: number): Promise<void> {
    const end = this.machine.now() + ms
    while (this.machine.now() < end) {
      const step = Math.min(stepMs, end - this.machine.now())
      this.machine.clock.advance(step)
      this.machine.look()
      if (this.life.isAlive) this.keyboard.pressBootKeys()
      if (this.life.isAlive && this.machine.now() - this.#checkedAt >= checkEveryMs) this.#check()
      this.#tell()
      await this.#clock.advance(step, stepMs)
    }
  }

  /** Everything in this run that breaks a promise, in words; `permissions`: so many were given. */
  broken(permissions: number): string[] {
    const { sends, unannounced } = this
    const { path, truth, network } = this.machine
    const actions = this.actions()
    const known = new Set(actions.map(({ id }) => id))
    const unowned = sends.filter(({ actionId }) => !known.has(actionId))
    return [
      ...unannounced,
      ...(actions.length > permissions ? [`${actions.length} actions by ${permissions} permissions`] : []),
      ...unowned.map(({ what }) => `${what} was sent for no action`),
      ...(this.machine.kvm.switch?.touched() ?? []),
      ...actions.flatMap((action) => brokenPromises(action, path, { truth, network, sends })),
      ...brokenByKeys(this.keyboard.pressed, actions, sends, path),
    ]
  }

  /** Every action that was ever accepted, as the journal has it. */
  actions(): Action[] {
    const rows = this.db.prepare('SELECT * FROM actions').all()
    return rows.map(
      (row) =>
        ({ ...row, steps: JSON.parse(String(row['steps'])), catching: catchingIn(row) }) as unknown as Action,
    )
  }

  #parts(): PowerParts {
    const { life } = this
    const clock = this.#clock
    const alive = (task: () => void) => () => life.isAlive && task()
    return {
      store: directStore(this.db, life),
      inventory: inventoryOf(this.machine),
      connections: this.#connections(life),
      observer: this.#observer(),
      self: {
        state: () => ({ doubt: this.machine.isCutOff ? { since: 0, by: 'gateway' } : null, gateway: null }),
      },
      viewers: { namesOn: () => [] },
      shortcuts: { press: (_deviceId, shortcut) => this.#type(life, shortcut) },
      bootKeys: {
        pressBootKeys: (_deviceId, keys, tell) => (life.isAlive ? this.keyboard.take(keys, tell) : null),
      },
      audit: { record: () => life.step('audit', () => undefined) },
      clock: { now: () => this.machine.now(), every: (periodMs, task) => clock.every(periodMs, alive(task)) },
      log: { info: () => undefined, warn: () => undefined },
    }
  }

  #connections(life: Life): Connections {
    const { kvm, bmc } = this.machine
    const power = { send: (signal: PowerSignal) => this.#send(life, signal) }
    const state = { get: () => kvm.state, onChange: () => () => undefined }
    const kvmConnection: EndpointConnection = {
      power,
      video: null,
      input: {
        key: () => false,
        pointer: () => {
          return life.isAlive && kvm.link.isOpen && kvm.wheel()
        },
        onReleased: () => () => undefined,
      },
      state: {
        get state() {
          return state.get()
        },
        onChange: state.onChange,
      },
      close: async () => undefined,
    }
    const bmcConnection = bmc && {
      ...kvmConnection,
      input: null,
      bmc: {
        get state() {
          return bmc.state
        },
        onChange: () => () => undefined,
        refresh: async () => bmc.look(),
        watchClosely: () => () => undefined,
        setNextBoot: () => Promise.reject(new Error('not asked for')),
        identify: () => Promise.reject(new Error('not asked for')),
      },
    }
    return {
      of: (endpointId) => (endpointId === 'bmc1' ? bmcConnection : kvmConnection),
      onState: (listener) => subscribe(this.#onKvm, listener),
      onBmcState: (listener) => subscribe(this.#onBmc, listener),
      onReplaced: () => () => undefined,
    }
  }

  #observer(): Observer {
    return {
      state: () => this.machine.state(),
      states: () => [this.machine.state()],
      onChange: (listener) => subscribe(this.#onMachine, listener),
      checkNow: async () => {
        this.#check()
        return this.machine.state()
      },
    }
  }

  async #send(life: Life, signal: PowerSignal): Promise<SendOutcome> {
    const what = 'button' in signal ? signal.button : 'command' in signal ? signal.command : signal.operation
    const sent = await life.step('send', () => this.#carryOut(what, () => this.machine.send(signal)))
    const { outcome, answerAfterMs } = await sent
    if (answerAfterMs > 0) await sleep(this.machine.clock, answerAfterMs)
    return life.isAlive ? { ...outcome, at: this.machine.now() } : await never()
  }

  async #type(life: Life, shortcut: Shortcut): Promise<'sent' | 'notSent' | 'unknown'> {
    const isSysrq = shortcut.type === 'sysrq'
    const what = isSysrq ? `sysrq:${shortcut.letter}` : 'ctrlAltDel'
    const keys = isSysrq
      ? ['AltLeft', 'PrintScreen', `Key${shortcut.letter.toUpperCase()}`]
      : ['ControlLeft', 'AltLeft', 'Delete']
    const typed = await life.step('send', () => this.#carryOut(what, async () => this.machine.type(keys)))
    const { fate } = await typed
    return life.isAlive ? fate : await never()
  }

  /** Notes whose send this is by the journal alone: what is not announced there must not go out. */
  async #carryOut<T extends { isDelivered: boolean }>(what: string, run: () => Promise<T>): Promise<T> {
    const sending = this.db.prepare("SELECT id FROM actions WHERE phase = 'sending'").all()
    const actionId = String(sending[0]?.['id'])
    if (sending.length !== 1) this.unannounced.push(`${what} while ${sending.length} actions are being sent`)
    const send: Send = {
      actionId,
      what,
      at: this.machine.now(),
      isDelivered: false,
      phase: this.machine.machine.phase,
      process: this.#process,
    }
    this.sends.push(send)
    const done = await run()
    send.isDelivered = done.isDelivered
    this.machine.look()
    this.#tell()
    return done
  }

  #check(): void {
    this.#checkedAt = this.machine.now()
    this.machine.runCheck()
  }

  #tell(): void {
    const { kvm, bmc } = this.machine
    for (const listener of this.#onKvm) listener('kvm1', kvm.state)
    for (const listener of this.#onBmc) if (bmc !== null) listener('bmc1', bmc.state)
    for (const listener of this.#onMachine) listener(this.machine.state())
  }
}

function subscribe<T>(listeners: Set<T>, listener: T): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

function catchingIn({ catching }: Record<string, unknown>): Catching | undefined {
  return typeof catching === 'string' ? (JSON.parse(catching) as Catching) : undefined
}

export type Sheet = { nonce: string; verb: PowerVerb; who: Principal; catching: BootAim | null }
