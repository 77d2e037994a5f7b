import type { DatabaseSync } from 'node:sqlite'
import type { Tables } from './tables.ts'
import { inTransaction } from './transaction.ts'

/** One store operation that waits for others, to be run with them in one transaction. Made by `later`. */
export type StoreCall = {
  table: string
  name: string
  args: readonly unknown[]
  /** Set: with another answer than this one nothing of the transaction is kept. */
  must?: { answer: unknown }
}
/** `isKept` false: the last of the results was not what its call must answer, and nothing was written. */
export type Together = { isKept: boolean; results: unknown[] }

type Arguments<O> = O extends (db: DatabaseSync, ...args: infer A) => unknown ? A : never
type Answer<O> = O extends (db: DatabaseSync, ...args: never) => infer R ? R : never

/** Names an operation of the store for `store.together`. */
export function later<T extends keyof Tables, O extends keyof Tables[T]>(
  table: T,
  name: O,
  ...args: Arguments<Tables[T][O]>
): StoreCall {
  return { table, name: String(name), args }
}

/** Like `later`, for an operation that must answer `answer`, or nothing of its transaction is kept. */
export function must<T extends keyof Tables, O extends keyof Tables[T]>(
  answer: Answer<Tables[T][O]>,
  table: T,
  name: O,
  ...args: Arguments<Tables[T][O]>
): StoreCall {
  return { ...later(table, name, ...args), must: { answer } }
}

/** Runs all calls in one transaction; `run` is one operation by its table and name. */
export function runTogether(
  db: DatabaseSync,
  calls: readonly StoreCall[],
  run: (call: StoreCall) => unknown,
): Together {
  const results: unknown[] = []
  try {
    inTransaction(db, () => {
      for (const call of calls) {
        const result = run(call)
        results.push(result)
        if (call.must !== undefined && call.must.answer !== result) throw new NotKept()
      }
    })
  } catch (error) {
    if (!(error instanceof NotKept)) throw error
    return { isKept: false, results }
  }
  return { isKept: true, results }
}

/** Rolls the transaction back; never leaves this file. */
class NotKept extends Error {
  override readonly name = 'NotKept'
}
