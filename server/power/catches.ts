import type { Action, CatchEnd, Catching } from '../contract/power.ts'
import type { Unsubscribe } from '../drivers/driver.ts'
import type { CatchCue } from './catch-cue.ts'
import type { PowerParts } from './parts.ts'

/** A press whose answer is this late may have been made long ago, and a firmware listens early. */
const answerMayTakeMs = 1_000
const tickMs = 100
/** Everybody who looks is told how many keys went out, which need not be at each key. */
const tellEveryMs = 1_000

type Run = {
  readonly action: Action
  catching: Catching
  soonAt: number | null
  release: Unsubscribe | null
  /** When the number of presses was last told. */
  toldAt: number
}
type Person = Action['by']
type CatchParts = Pick<PowerParts, 'store' | 'bootKeys' | 'audit' | 'clock' | 'log'>

/**
 * The keys that are pressed after a power action to open a machine's firmware: one catch for a machine at a time, from
 * the press on until somebody stops it or its time is over, whoever is still looking. A restart of Crashcart ends it.
 */
export class Catches {
  readonly #parts: CatchParts
  readonly #onChange: (actionId: string, catching: Catching) => void
  readonly #runs = new Map<string, Run>()
  #stopTicking: Unsubscribe | null = null
  #saving: Promise<void> = Promise.resolve()

  /** `onChange` is told each new state of a catch, before it is written down; presses alone are not. */
  constructor(parts: CatchParts, onChange: (actionId: string, catching: Catching) => void) {
    this.#parts = parts
    this.#onChange = onChange
  }

  /** A new action takes the place of what is being caught on its machine; if it asks for keys they wait for its press. */
  accept(action: Action): void {
    this.#end(action.deviceId, 'otherAction', action.by)
    if (action.catching === undefined) return
    this.#runs.set(action.deviceId, {
      action,
      catching: action.catching,
      soonAt: null,
      release: null,
      toldAt: 0,
    })
    this.#stopTicking ??= this.#parts.clock.every(tickMs, () => this.#tick())
  }

  /** What became of an action; the same cue may come often. */
  follow({ id, deviceId }: Pick<Action, 'id' | 'deviceId'>, cue: CatchCue): void {
    const run = this.#runs.get(deviceId)
    if (run?.action.id !== id) return
    if (cue === 'soon') run.soonAt ??= this.#parts.clock.now()
    if (cue === 'go') this.#press(run)
    if (cue === 'off') this.#end(deviceId, 'notPressed', null)
  }

  /** Stops at once, every key up. False: nothing was being pressed on this machine. */
  stop(deviceId: string, by: Person): boolean {
    return this.#end(deviceId, 'stopped', by)
  }

  /** The server stops. Resolves when that is written down. */
  async close(): Promise<void> {
    for (const deviceId of this.#runs.keys()) this.#end(deviceId, 'restarted', null)
    await this.#saving
  }

  #press(run: Run): void {
    if (run.catching.startedAt !== null) return
    const { bootKeys, clock } = this.#parts
    const { deviceId } = run.action
    run.release = bootKeys.pressBootKeys(deviceId, run.catching.keys, {
      pressed: () => this.#count(run),
      lost: () => this.#end(deviceId, 'moved', null),
    })
    if (run.release === null) {
      this.#end(deviceId, 'moved', null)
      return
    }
    this.#change(run, { startedAt: clock.now() })
    this.#record(run, run.action.by, 'catcher.started', { aim: run.catching.aim, keys: run.catching.keys })
  }

  #tick(): void {
    const now = this.#parts.clock.now()
    for (const run of this.#runs.values()) {
      const { startedAt, forMs } = run.catching
      if (startedAt === null && run.soonAt !== null && now - run.soonAt >= answerMayTakeMs) this.#press(run)
      if (startedAt !== null && now - startedAt >= forMs) this.#end(run.action.deviceId, 'timeOver', null)
      else if ((run.catching.lastPressAt ?? 0) > run.toldAt && now - run.toldAt >= tellEveryMs)
        this.#tell(run)
    }
  }

  #count(run: Run): void {
    const { catching } = run
    run.catching = { ...catching, presses: catching.presses + 1, lastPressAt: this.#parts.clock.now() }
  }

  #tell(run: Run): void {
    run.toldAt = this.#parts.clock.now()
    this.#onChange(run.action.id, run.catching)
  }

  #end(deviceId: string, why: CatchEnd, by: Person | null): boolean {
    const run = this.#runs.get(deviceId)
    if (run === undefined) return false
    this.#runs.delete(deviceId)
    run.release?.()
    this.#change(run, { end: { at: this.#parts.clock.now(), why, by: by?.name ?? null } })
    this.#record(run, by ?? run.action.by, 'catcher.ended', { why })
    if (this.#runs.size > 0) return true
    this.#stopTicking?.()
    this.#stopTicking = null
    return true
  }

  #change(run: Run, change: Partial<Catching>): void {
    run.catching = { ...run.catching, ...change }
    this.#tell(run)
    const { catching } = run
    this.#afterwards(async () => await this.#parts.store.actions.setCatching(run.action.id, catching))
  }

  #record({ action }: Run, actor: Person, event: string, detail: Record<string, unknown>): void {
    const about = { deviceId: action.deviceId, detail: { actionId: action.id, ...detail } }
    this.#afterwards(async () => await this.#parts.audit.record(actor, event, about))
  }

  /** Keys do not wait for the disk; what cannot be written is told in the log. */
  #afterwards(write: () => Promise<unknown>): void {
    this.#saving = this.#saving.then(write).then(
      () => undefined,
      (error: unknown) => this.#parts.log.warn({ error }, 'what is pressed could not be written down'),
    )
  }
}
