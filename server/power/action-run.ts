import type { Action } from '../contract/power.ts'
import type { BmcState, KvmState, MachineState } from '../contract/state.ts'
import type { Unsubscribe } from '../drivers/driver.ts'
import { advance, mayPressMore } from './action-machine.ts'
import { phaseOf, type ActionEffect, type ActionInput, type ActionState } from './action-state.ts'
import { askNetwork } from './fresh-network.ts'
import { keepWatching } from '../drivers/keep-watching.ts'
import { kvmOf } from '../drivers/kvm-of.ts'
import type { PowerParts } from './parts.ts'
import { pressOnce, type PressTarget } from './press.ts'
import { sightOf, type Sight } from './sight.ts'
import { packWatch } from './watch-record.ts'

const tickMs = 500
const checkEveryMs = 2_000
const nudgeEveryMs = 3_000
const pictureAfterVerdictMs = 60_000

/**
 * Carries one action from its durable intent to its end: does what the state machine asks, one thing after another,
 * and feeds it what is seen. Nobody has to look for it to go on.
 */
export class ActionRun {
  readonly deviceId: string
  /** Resolves when the action is over and written down, or the run was closed. */
  readonly finished: Promise<void>
  readonly #parts: PowerParts
  readonly #first: Action
  readonly #target: PressTarget
  readonly #emit: (action: Action, state: ActionState) => void
  readonly #finish: () => void
  #state: ActionState
  #kvm: KvmState | null
  #bmc: BmcState | null
  #work: Promise<void> = Promise.resolve()
  #subscriptions: Unsubscribe[] = []
  #releasePicture: Unsubscribe | null = null
  #isSaved = true
  #checkedAt = 0
  #isChecking = false
  #nudgedAt = 0

  constructor(
    parts: PowerParts,
    first: Action,
    state: ActionState,
    target: PressTarget,
    emit: (action: Action, state: ActionState) => void,
  ) {
    this.#parts = parts
    this.#first = first
    this.#state = state
    this.#target = target
    this.#emit = emit
    this.#kvm = parts.observer.state(first.deviceId)?.kvm ?? null
    this.#bmc = parts.observer.state(first.deviceId)?.bmc ?? null
    this.deviceId = first.deviceId
    const { promise, resolve } = Promise.withResolvers<void>()
    this.finished = promise
    this.#finish = resolve
  }

  /** The action as everybody sees it now. */
  get action(): Action {
    const { effect, back, endedAt, steps } = this.#state
    return { ...this.#first, phase: phaseOf(this.#state), effect, back, endedAt, steps }
  }

  /** Records who asked, then makes the first press. */
  begin(): void {
    this.#watch()
    this.#enqueue(async () => {
      try {
        await this.#record('power.accepted', {
          verb: this.#first.verb,
          target: this.#target.target,
          ...(isTry(this.#first) && { isTry: true }),
        })
        this.#sendEmptyReport()
        const aliveSince = await this.#askBefore()
        this.#feed({ type: 'begin', now: this.#now(), sight: this.#look(), aliveSince })
      } catch (error) {
        // What cannot be recorded is not done.
        this.#parts.log.warn({ error, actionId: this.#first.id }, 'audit failed, nothing is pressed')
        this.#feed({ type: 'journalFailed', now: this.#now() })
      }
    })
  }

  /** Goes on watching an action of a former process; presses nothing. */
  resume(): void {
    this.#watch()
    this.#feed({ type: 'resume', now: this.#now(), sight: this.#look() })
  }

  /** Nothing more is pressed. False: there was nothing more to press. */
  stop(by: string): boolean {
    if (!mayPressMore(this.#state)) return false
    this.#feed({ type: 'stop', now: this.#now(), by })
    return true
  }

  /** A person saw the firmware that was asked for, so nobody waits for the network any more. */
  firmwareSeen(by: string): void {
    this.#feed({ type: 'firmwareSeen', now: this.#now(), by })
  }

  /** Ends the wait for "back" because another action was accepted. */
  supersede(): void {
    this.#feed({ type: 'supersede', now: this.#now() })
  }

  /** Stops watching; the journal keeps what is known. Resolves when work under way is done. */
  async close(): Promise<void> {
    this.#unwatch()
    await this.#work
    this.#finish()
  }

  #now(): number {
    return this.#parts.clock.now()
  }

  #look(): Sight {
    const { observer, self } = this.#parts
    return sightOf(observer.state(this.deviceId), self.state().doubt !== null, this.#kvm, this.#bmc)
  }

  /**
   * The one button that powers off gracefully powers on as well. A machine that went off since its last check would seem to
   * go off by the press that may have powered it on, so there only an answer of now counts as one from before the press.
   */
  async #askBefore(): Promise<number | null> {
    const isAlive = this.#first.verb === 'off' && this.#look().isHostAlive === true
    return isAlive ? await askNetwork(this.deviceId, this.#parts) : null
  }

  #watch(): void {
    const { observer, connections, clock, inventory } = this.#parts
    const see = (): void => this.#feed({ type: 'see', now: this.#now(), sight: this.#look() })
    this.#subscriptions = [
      observer.onChange((machine: MachineState) => {
        if (machine.deviceId !== this.deviceId) return
        this.#kvm = machine.kvm
        this.#bmc = machine.bmc
        see()
      }),
      // Straight from the device too: what passes in an instant must not be lost in a summary.
      connections.onState((endpointId, kvm, port) => {
        if (inventory.deviceOf(endpointId, port) !== this.deviceId) return
        this.#kvm = kvm
        see()
      }),
      connections.onBmcState((endpointId, bmc) => {
        if (inventory.bmcOf(this.deviceId) !== endpointId) return
        this.#bmc = bmc
        see()
      }),
      clock.every(tickMs, () => this.#tick()),
    ]
    this.#releasePicture = keepWatching(this.deviceId, this.#parts)
  }

  #unwatch(): void {
    for (const unsubscribe of this.#subscriptions) unsubscribe()
    this.#subscriptions = []
    this.#releasePicture?.()
    this.#releasePicture = null
  }

  #tick(): void {
    const now = this.#now()
    this.#feed({ type: 'tick', now })
    const { effectAt, mode } = this.#state
    if (!this.#isSaved && (mode === 'watching' || mode === 'done')) this.#save()
    if (effectAt !== null && now - effectAt > pictureAfterVerdictMs) {
      this.#releasePicture?.()
      this.#releasePicture = null
    }
    const isDue = mode === 'watching' && now - this.#checkedAt >= checkEveryMs && !this.#isChecking
    if (isDue) void this.#check(now)
    this.#nudge(now)
  }

  /** Looks whether the machine takes its USB devices back, which is the quickest proof of a restart. */
  #nudge(now: number): void {
    const { tracker, mode, effect } = this.#state
    const isWaiting = mode === 'watching' && (effect === null || effect === 'unknown')
    const isUsbGone = tracker !== null && tracker.usb.value === false && tracker.usb.lostAt !== null
    if (!isWaiting || !isUsbGone || now - this.#nudgedAt < nudgeEveryMs) return
    this.#nudgedAt = now
    this.#sendEmptyReport()
  }

  /**
   * A wheel that does not turn: a report without effect. kvmd calls its USB devices online only when the machine took
   * a report, so one goes out before the press (to know how things were) and after they were seen going. Never for
   * "on": it may light a screen that only slept, which would look like proof.
   */
  #sendEmptyReport(): void {
    if (this.#state.plan.aim !== 'restart') return
    kvmOf(this.deviceId, this.#parts)?.input?.pointer({ type: 'wheel', dx: 0, dy: 0 })
  }

  async #check(now: number): Promise<void> {
    this.#checkedAt = now
    this.#isChecking = true
    try {
      await this.#parts.observer.checkNow(this.deviceId)
    } catch (error) {
      this.#parts.log.warn({ error, deviceId: this.deviceId }, 'a check failed')
    } finally {
      this.#isChecking = false
    }
    this.#feed({ type: 'see', now: this.#now(), sight: this.#look() })
  }

  #feed(input: ActionInput): void {
    const before = this.#state
    const { state, effects } = advance(before, input)
    this.#state = state
    for (const effect of effects) this.#enqueue(() => this.#perform(effect))
    if (state.steps === before.steps && state.mode === before.mode) return
    this.#emit(this.action, state)
    if (state.effect !== before.effect || state.back !== before.back) this.#recordVerdicts(before)
    // Before and during a press the journal's own writes hold the truth.
    if (state.mode === 'watching' || state.mode === 'done') this.#save()
  }

  /** One thing after another, in the order asked; a failure stops none of what follows. */
  #enqueue(task: () => Promise<void>): void {
    this.#work = this.#work.then(task).catch((error: unknown) => {
      this.#parts.log.warn({ error, actionId: this.#first.id }, 'a step of a power action failed')
    })
  }

  async #perform(effect: ActionEffect): Promise<void> {
    switch (effect.type) {
      case 'journal':
        return await this.#journal()
      case 'send': {
        const outcome = await pressOnce(this.#parts, effect.press, this.#target)
        return this.#feed({ type: 'outcome', now: this.#now(), outcome })
      }
      case 'note': {
        const { pathId } = this.#first
        if (pathId !== null) await this.#parts.inventory.noteVerdict(pathId, effect.verdict, effect.provenAt)
        return
      }
      case 'learn':
        return await this.#parts.inventory.learnBackMs(this.deviceId, effect.tookMs)
    }
  }

  async #journal(): Promise<void> {
    const entry = { action: this.action, watch: packWatch(this.#state, this.#target) }
    const isMarked = await this.#parts.store.actions.markSending(entry).catch((error: unknown) => {
      this.#parts.log.warn({ error, actionId: this.#first.id }, 'the journal failed, nothing is pressed')
      return false
    })
    this.#feed({ type: isMarked ? 'journaled' : 'journalFailed', now: this.#now() })
  }

  #save(): void {
    this.#isSaved = false
    const isOver = this.#state.mode === 'done'
    const entry = { action: this.action, watch: isOver ? null : packWatch(this.#state, this.#target) }
    this.#enqueue(async () => {
      await this.#parts.store.actions.save(entry)
      if (entry.action.steps !== this.#state.steps) return
      this.#isSaved = true
      if (!isOver) return
      this.#unwatch()
      this.#finish()
    })
  }

  #recordVerdicts(before: ActionState): void {
    const { effect, back } = this.#state
    const detail = { verb: this.#first.verb, effect, back }
    const event = effect === before.effect ? 'power.back' : 'power.effect'
    this.#enqueue(() => this.#record(event, detail))
  }

  async #record(event: string, detail: Record<string, unknown>): Promise<void> {
    const { by, id, deviceId } = this.#first
    await this.#parts.audit.record(by, event, { deviceId, detail: { actionId: id, ...detail } })
  }
}

function isTry({ steps: [first] }: Action): boolean {
  return first?.type === 'accepted' && first.isTry === true
}
