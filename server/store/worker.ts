import { parentPort, workerData } from 'node:worker_threads'
import type { DatabaseSync } from 'node:sqlite'
import { claimDatabase } from './claim.ts'
import { openDatabase, type OpenedDatabase } from './open-database.ts'
import { createSpareRoom, isDiskFull, withRoom } from './spare-room.ts'
import { tables } from './tables.ts'
import { runTogether, type StoreCall } from './together.ts'

/** The one thread that touches SQLite: runs one call after another and answers with its result or its error. */

type Call = { id: number; table: string; name: string; args: unknown[] }
type Operation = (db: unknown, ...args: unknown[]) => unknown

const port = parentPort
if (port === null) throw new Error('store/worker.ts runs as a worker thread only')
const { file, createIfMissing } = workerData as { file: string; createIfMissing: boolean }
const keepRoomEveryMs = 60_000
const room = createSpareRoom(file)
const opened = openWithRoom()
let roomTimer: NodeJS.Timeout | undefined
let claimed: DatabaseSync | null = null
port.postMessage({ id: 0, ready: opened.problem })

function openWithRoom(): OpenedDatabase {
  try {
    return openDatabase(file, createIfMissing)
  } catch (error) {
    if (!room.giveUp()) throw error
    return openDatabase(file, createIfMissing)
  }
}

/** What the worker itself does, as the table `store`. */
const own: Record<string, (...args: never[]) => unknown> = {
  claim: () => (claimed ??= claimDatabase(file)) !== null,
  keepRoom() {
    void room.keep()
    roomTimer ??= setInterval(() => void room.keep(), keepRoomEveryMs).unref()
  },
  together: (calls: readonly StoreCall[]) =>
    withRoom(room, () => runTogether(openDb(), calls, (call) => operationOf(call)(openDb(), ...call.args))),
  close() {
    clearInterval(roomTimer)
    opened.db?.close()
    claimed?.close()
  },
}

port.on('message', (call: Call) => {
  try {
    if (call.table === 'store') {
      port.postMessage({ id: call.id, value: own[call.name]?.(...(call.args as never[])) })
      if (call.name === 'close') port.close()
      return
    }
    const db = openDb()
    const operation = operationOf(call)
    port.postMessage({ id: call.id, value: withRoom(room, () => operation(db, ...call.args)) })
  } catch (error) {
    port.postMessage({ id: call.id, error, isDiskFull: isDiskFull(error) })
  }
})

function openDb(): DatabaseSync {
  if (opened.db !== null) return opened.db
  throw Object.assign(new Error('database is not open'), { code: 'store/locked' })
}

function operationOf({ table, name }: Pick<StoreCall, 'table' | 'name'>): Operation {
  const operation = (tables as unknown as Record<string, Record<string, Operation>>)[table]?.[name]
  if (operation === undefined) throw new Error(`no store operation ${table}.${name}`)
  return operation
}
