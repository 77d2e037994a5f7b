import type { Principal } from '../access/can.ts'
import type { LiveChange } from '../contract/live.ts'
import type { AuditBook, Vault } from '../domain.ts'
import type { Unsubscribe } from '../drivers/driver.ts'
import { AppError } from '../errors.ts'
import type { Store } from '../store/store.ts'
import type { InventoryMemory } from './memory.ts'

/** Who changes something: named in the audit. */
export type Actor = Pick<Principal, 'userId' | 'name'>

export type LedgerParts = {
  memory: InventoryMemory
  store: Store
  audit: AuditBook
  vault: Vault
  now(): number
}

/** What every edit works with: the copy in memory, the store behind it, and one edit at a time. */
export class Ledger {
  readonly memory: InventoryMemory
  readonly store: Store
  readonly audit: AuditBook
  readonly vault: Vault
  readonly now: () => number
  readonly #listeners = new Set<(changes: LiveChange[]) => void>()
  readonly #useChecks = new Set<(deviceId: string) => string | null>()
  #last: Promise<unknown> = Promise.resolve()

  constructor(parts: LedgerParts) {
    this.memory = parts.memory
    this.store = parts.store
    this.audit = parts.audit
    this.vault = parts.vault
    this.now = () => parts.now()
  }

  /** Runs edits one after another, so that what was checked in memory still holds when it is written. */
  inTurn<T>(edit: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(edit)
    // The next edit starts whatever became of this one; the caller of this one gets its error.
    this.#last = mine.catch(() => undefined)
    return mine
  }

  onChange(listener: (changes: LiveChange[]) => void): Unsubscribe {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  publish(changes: LiveChange[]): void {
    for (const listener of this.#listeners) listener(changes)
  }

  /** Lets another part say why a machine must not be removed or lose its KVM now (null: no objection). */
  addUseCheck(check: (deviceId: string) => string | null): Unsubscribe {
    this.#useChecks.add(check)
    return () => this.#useChecks.delete(check)
  }

  /** Throws `inventory/inUse` while another part needs this machine as it is. */
  assertIdle(deviceId: string): void {
    for (const check of this.#useChecks) {
      const reason = check(deviceId)
      if (reason !== null) throw new AppError('inventory/inUse', reason, { details: { reason, uses: [] } })
    }
  }
}

/** Throws `request/notFound` for an id that is not there. */
export function mustExist<T>(value: T | undefined, what: string): T {
  if (value === undefined) {
    throw new AppError('request/notFound', `This ${what} does not exist (any more).`, { details: { what } })
  }
  return value
}

/** Throws `inventory/stale` with the current state in `details.current` when `rev` is not the current one. */
export function assertFresh(
  current: { rev: number },
  rev: number,
  what: string,
  shown: unknown = current,
): void {
  if (current.rev === rev) return
  throw new AppError(
    'inventory/stale',
    `This ${what} was changed by someone else since you opened it. Nothing was saved.`,
    { details: { what, current: shown } },
  )
}

/** Throws `inventory/duplicateName` when another entry of `others` has this name, letter case aside. */
export function assertNameFree(
  name: string,
  ownId: string | null,
  others: Iterable<{ id: string; name: string }>,
  what: string,
): void {
  const wanted = name.toLowerCase()
  for (const other of others) {
    if (other.id === ownId || other.name.toLowerCase() !== wanted) continue
    throw new AppError('inventory/duplicateName', `There is already a ${what} named ${other.name} here.`, {
      details: { what, name: other.name, id: other.id },
    })
  }
}
