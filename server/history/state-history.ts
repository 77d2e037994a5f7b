import type { FactChange } from '../contract/history.ts'
import type { MachineState } from '../contract/state.ts'
import type { Inventory, Observer } from '../domain.ts'
import type { Unsubscribe } from '../drivers/driver.ts'
import { newId } from '../store/new-id.ts'
import type { HistoryStart } from '../store/tables/history.ts'
import { isSameFact, machineFacts, type Fact } from './machine-facts.ts'
import type { Notebook } from './notebook.ts'

export type StateHistoryParts = {
  notebook: Pick<Notebook, 'noteChanges'>
  observer: Pick<Observer, 'onChange'>
  inventory: Pick<Inventory, 'onChange'>
  now(): number
}

type Noted = { at: number; change: FactChange }

/** Notes each fact of a machine that became another than it was, also over a restart. */
export class StateHistory {
  readonly #parts: StateHistoryParts
  /** `at`: when it was noted, for what the process before noted the start of this one. */
  readonly #last = new Map<string, Map<string, Noted>>()
  #stops: Unsubscribe[] = []

  constructor(parts: StateHistoryParts, before: HistoryStart['facts']) {
    this.#parts = parts
    const at = parts.now()
    for (const { deviceId, factKey, change } of before) this.#lastOf(deviceId).set(factKey, { at, change })
  }

  start(): void {
    const { observer, inventory } = this.#parts
    this.#stops = [
      observer.onChange((state) => this.#compare(state)),
      inventory.onChange((changes) => {
        for (const { entity, id, value } of changes)
          if (entity === 'device' && value === null) this.#last.delete(id)
      }),
    ]
  }

  close(): void {
    for (const stop of this.#stops.splice(0)) stop()
  }

  #compare(state: MachineState): void {
    const last = this.#lastOf(state.deviceId)
    const changed = machineFacts(state).filter(({ factKey, change }) =>
      isNews(last.get(factKey)?.change, change),
    )
    if (changed.length === 0) return
    const { deviceId, siteId } = state
    const entries = changed.map((fact) => {
      const at = this.#timeOf(fact, last.get(fact.factKey))
      last.set(fact.factKey, { at, change: fact.change })
      return {
        id: newId(this.#parts.now()),
        siteId,
        deviceId,
        at,
        factKey: fact.factKey,
        change: fact.change,
      }
    })
    this.#parts.notebook.noteChanges(entries)
  }

  /** Health may count from long before: with another cause, or known again after nobody could look, it is news now. */
  #timeOf({ since }: Fact, before: Noted | undefined): number {
    return before === undefined || since > before.at ? since : this.#parts.now()
  }

  #lastOf(deviceId: string): Map<string, Noted> {
    const known = this.#last.get(deviceId) ?? new Map<string, Noted>()
    this.#last.set(deviceId, known)
    return known
  }
}

/** That a machine never was known is no change, nor that its address is its own. */
function isNews(before: FactChange | undefined, change: FactChange): boolean {
  if (before === undefined) return change.value !== 'unknown' && change.value !== 'same'
  return !isSameFact(before, change)
}
