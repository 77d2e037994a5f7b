import type { Action } from '../contract/power.ts'
import type { Unsubscribe } from '../drivers/driver.ts'

const keptPerDevice = 3
const shownFinished = 20

/** The actions that the page shows without asking: all running ones and the newest finished ones. */
export class RecentActions {
  /** In the order in which they were accepted; their times may have been put back in between. */
  readonly #byId = new Map<string, Action>()
  readonly #listeners = new Set<(action: Action) => void>()

  /** `actions`: newest first. */
  constructor(actions: readonly Action[]) {
    for (const action of actions.toReversed()) this.#byId.set(action.id, action)
  }

  /** All running ones and the newest finished ones, newest first. */
  shown(): readonly Action[] {
    let finished = 0
    return this.list().filter((action) => action.phase !== 'done' || finished++ < shownFinished)
  }

  /** All that are kept, newest first. */
  list(): readonly Action[] {
    return [...this.#byId.values()].toReversed()
  }

  find(id: string): Action | undefined {
    return this.#byId.get(id)
  }

  /** The kept actions of a machine, newest first. */
  ofDevice(deviceId: string): readonly Action[] {
    return this.list().filter((action) => action.deviceId === deviceId)
  }

  /** The newest action of a machine. */
  newestOf(deviceId: string): Action | undefined {
    return this.ofDevice(deviceId)[0]
  }

  /** The action of a machine that has no first verdict yet. */
  runningOn(deviceId: string): Action | null {
    const isRunning = (action: Action): boolean => action.deviceId === deviceId && action.effect === null
    return this.list().find(isRunning) ?? null
  }

  /** Takes an action as it is now and tells everybody. */
  put(action: Action): void {
    this.#byId.set(action.id, action)
    this.#prune()
    for (const listener of this.#listeners) listener(action)
  }

  onChange(listener: (action: Action) => void): Unsubscribe {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #prune(): void {
    const perDevice = new Map<string, number>()
    for (const action of this.list()) {
      if (action.phase !== 'done') continue
      const nth = (perDevice.get(action.deviceId) ?? 0) + 1
      perDevice.set(action.deviceId, nth)
      if (nth > keptPerDevice) this.#byId.delete(action.id)
    }
  }
}
