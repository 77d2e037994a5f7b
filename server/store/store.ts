import { getCompileCacheDir } from 'node:module'
import { Worker } from 'node:worker_threads'
import type { DatabaseSync } from 'node:sqlite'
import { AppError } from '../errors.ts'
import type { DatabaseProblem } from './open-database.ts'
import type { Tables } from './tables.ts'
import type { StoreCall, Together } from './together.ts'

type Remote<O> = O extends (db: DatabaseSync, ...args: infer A) => infer R
  ? (...args: A) => Promise<R>
  : never
type RemoteTables = { [T in keyof Tables]: { [O in keyof Tables[T]]: Remote<Tables[T][O]> } }

/** All tables, each operation as a promise, plus the life of the worker that owns the database. */
export type Store = RemoteTables & {
  /** Set when the file is missing, damaged or newer: then every operation rejects and nothing is written. */
  readonly problem: DatabaseProblem | null
  /** Claims the database for this process; false when another process has it (`claim.ts`). */
  claim(): Promise<boolean>
  /** From now on some room on the disk is kept for the day it is full (`spare-room.ts`). */
  keepRoom(): Promise<void>
  /** Runs operations (`later`) in one transaction: all are durable when this resolves, or none is. */
  together(calls: readonly StoreCall[]): Promise<Together>
  close(): Promise<void>
}

type Pending = { resolve(value: unknown): void; reject(error: unknown): void }
type Answer = {
  id: number
  value?: unknown
  error?: unknown
  isDiskFull?: boolean
  ready?: DatabaseProblem | null
}

/**
 * Starts the store's worker thread on `file` (`:memory:` works). With `createIfMissing` false a missing file is a
 * problem, never a fresh start. Operations reject with AppError `server/unavailable` while the disk is full. Throws when SQLite is too old or the file cannot be opened for another reason.
 */
export async function openStore(file: string, createIfMissing: boolean): Promise<Store> {
  const worker = new Worker(new URL('./worker-entry.js', import.meta.url), {
    workerData: { file, createIfMissing, compileCacheDir: getCompileCacheDir() },
  })
  const pending = new Map<number, Pending>()
  let lastId = 0
  const problem = await new Promise<DatabaseProblem | null>((resolve, reject) => {
    worker.once('error', reject)
    worker.once('message', (answer: Answer) => resolve(answer.ready ?? null))
  })
  worker.on('message', (answer: Answer) => {
    const waiting = pending.get(answer.id)
    pending.delete(answer.id)
    if (answer.error === undefined) waiting?.resolve(answer.value)
    else waiting?.reject(answer.isDiskFull === true ? diskFull(answer.error) : answer.error)
  })
  let gone: { error: unknown } | null = null
  const failAll = (error: unknown): void => {
    gone ??= { error }
    for (const waiting of pending.values()) waiting.reject(error)
    pending.clear()
  }
  worker.on('error', failAll)
  worker.on('exit', () => failAll(new Error('the store has been closed')))

  const call = (table: string, name: string, args: unknown[]): Promise<unknown> =>
    new Promise((resolve, reject) => {
      // Nobody is left to answer.
      if (gone !== null) return reject(gone.error)
      const id = ++lastId
      pending.set(id, { resolve, reject })
      worker.postMessage({ id, table, name, args })
    })
  const close = async (): Promise<void> => {
    const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()))
    await call('store', 'close', [])
    await exited
  }
  const keepRoom = async (): Promise<void> => void (await call('store', 'keepRoom', []))
  const claim = async (): Promise<boolean> => (await call('store', 'claim', [])) === true
  const together = async (calls: readonly StoreCall[]): Promise<Together> =>
    (await call('store', 'together', [calls])) as Together
  return remoteTables(call, { problem, claim, keepRoom, together, close })
}

function diskFull(cause: unknown): AppError {
  return new AppError(
    'server/unavailable',
    'The disk that holds the data of Crashcart is full, so nothing can be written down. Make room on it.',
    { details: { reason: 'diskFull' }, cause },
  )
}

function remoteTables(
  call: (table: string, name: string, args: unknown[]) => Promise<unknown>,
  own: Pick<Store, 'problem' | 'claim' | 'keepRoom' | 'together' | 'close'>,
): Store {
  const tableProxy = (table: string): object =>
    new Proxy(
      {},
      {
        get:
          (_target, name) =>
          (...args: unknown[]) =>
            call(table, String(name), args),
      },
    )
  const cache = new Map<string, object>()
  return new Proxy(own, {
    get(target, key) {
      if (key in target) return target[key as keyof typeof target]
      // A store handed through `await` must not look like a promise.
      if (key === 'then' || typeof key === 'symbol') return undefined
      const table = cache.get(key) ?? tableProxy(key)
      cache.set(key, table)
      return table
    },
  }) as unknown as Store
}
