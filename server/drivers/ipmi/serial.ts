import type { IpmiClient, SolEnd, SolStream } from 'node-ipmi'
import type { ByteStream, ByteStreamEnd, ByteStreamSource } from '../driver.ts'
import { deviceError } from './device-error.ts'

type Line = { sol: SolStream; holders: Set<Holder> }
type Holder = { take(bytes: Buffer): void; end(why: ByteStreamEnd): void }

/** What came before the first listener is kept up to this. */
const earlyLimitBytes = 65_536

/** The machine's serial console over the BMC's one session. All holders share one activation; the last one ends it. */
export function createSerial(client: IpmiClient): ByteStreamSource {
  let opening: Promise<Line> | null = null

  async function activate(takesOver: boolean): Promise<Line> {
    const sol = await client.openSol({ takeOver: takesOver })
    const line: Line = { sol, holders: new Set() }
    sol.onData((bytes) => {
      for (const holder of Array.from(line.holders)) holder.take(bytes)
    })
    void followEnd(line)
    return line
  }
  async function followEnd({ sol, holders }: Line): Promise<void> {
    const why = endOf(await sol.ended)
    opening = null
    for (const holder of Array.from(holders)) holder.end(why)
  }
  function begin(takesOver: boolean): Promise<Line> {
    const begun = activate(takesOver)
    opening = begun
    begun.catch(() => {
      if (opening === begun) opening = null
    })
    return begun
  }
  /** Somebody of ours may be opening it already, more timidly. */
  async function lineFor(takesOver: boolean): Promise<Line> {
    if (opening === null) return await begin(takesOver)
    try {
      return await opening
    } catch (error) {
      if (!takesOver) throw error
      return await begin(true)
    }
  }

  return {
    async open({ takesOver }, abort) {
      try {
        abort.throwIfAborted()
        return hold(await lineFor(takesOver))
      } catch (error) {
        throw deviceError(error)
      }
    },
  }
}

function endOf({ reason }: SolEnd): ByteStreamEnd {
  if (reason === 'closed') return 'closed'
  return reason === 'deactivated by the BMC' ? 'taken' : 'lost'
}

function hold(line: Line): ByteStream {
  const listeners = new Set<(bytes: Buffer) => void>()
  const { promise: ended, resolve } = Promise.withResolvers<ByteStreamEnd>()
  let early: Buffer[] = []
  let earlyBytes = 0
  const holder: Holder = {
    take(bytes) {
      for (const listener of Array.from(listeners)) listener(bytes)
      if (listeners.size > 0 || earlyBytes + bytes.length > earlyLimitBytes) return
      early.push(bytes)
      earlyBytes += bytes.length
    },
    end(why) {
      line.holders.delete(holder)
      resolve(why)
    },
  }
  line.holders.add(holder)
  return {
    ended,
    onData(listener) {
      listeners.add(listener)
      const missed = early
      early = []
      earlyBytes = 0
      for (const bytes of missed) listener(bytes)
      return () => listeners.delete(listener)
    },
    async write(bytes) {
      try {
        await line.sol.write(bytes)
      } catch (error) {
        throw deviceError(error)
      }
    },
    sendBreak: () => line.sol.sendBreak(),
    async close() {
      if (!line.holders.has(holder)) return
      holder.end('closed')
      if (line.holders.size === 0) await line.sol.close()
    },
  }
}
