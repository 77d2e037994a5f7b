import { IpmiClient, type IpmiClientOptions } from 'node-ipmi'
import { type BmcOptions, type SimBmc, startBmc } from '../../server/sim/bmc/bmc.ts'
import { PlainBoard } from '../../server/sim/bmc/plain-board.ts'

export interface Bench extends AsyncDisposable {
  bmc: SimBmc
  board: PlainBoard
  /** A client of this BMC, closed with it. Default: user admin, short waits. */
  client(options?: Partial<IpmiClientOptions>): IpmiClient
}

/** A simulated BMC with a plain board, and clients for it. */
export async function startBench(options: Partial<BmcOptions> & { board?: PlainBoard } = {}): Promise<Bench> {
  const board = options.board ?? new PlainBoard()
  const bmc = await startBmc({ ...options, board })
  const clients: IpmiClient[] = []
  return {
    bmc,
    board,
    client(overrides = {}) {
      const client = new IpmiClient({
        host: bmc.host,
        port: bmc.port,
        username: 'admin',
        password: 'admin',
        retransmitMs: 60,
        powerRetransmitMs: 60,
        commandTimeoutMs: 1500,
        connectTimeoutMs: 3000,
        ...overrides,
      })
      clients.push(client)
      return client
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(clients.map((client) => client.close()))
      await bmc.close()
    },
  }
}

/** The error a promise rejects with. @throws Error when it does not */
export async function failure(promise: Promise<unknown>): Promise<unknown> {
  const missing = Symbol('fulfilled')
  const outcome = await promise.then(
    () => missing,
    (error: unknown) => error,
  )
  if (outcome === missing) throw new Error('expected a rejection')
  return outcome
}

/** Bytes from hex, blanks allowed. */
export function hex(text: string): Buffer {
  return Buffer.from(text.replace(/\s+/g, ''), 'hex')
}

/** Everything an async generator gives. */
export async function collectAll<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}
