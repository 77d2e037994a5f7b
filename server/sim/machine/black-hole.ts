import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { Worker } from 'node:worker_threads'

/** How many connections a listener with a backlog of one queues before the kernel drops SYNs. */
const QUEUE_LENGTH = 2

/** A connect on loopback that takes longer found the queue full, because somebody else was in it already. */
const FILL_TIMEOUT_MS = 200

/**
 * A TCP address that swallows connection attempts, as a host that lost its network does: Linux drops
 * SYNs for a listener whose accept queue is full, so a connect neither succeeds nor is refused.
 * It needs no privileges. A listener opened with `reusePort` may still hold the address while this one
 * starts; call `fill` once that one is closed.
 */
export class BlackHole {
  readonly #host: string
  readonly #port: number
  readonly #worker: Worker
  readonly #fillers: Socket[] = []

  private constructor(host: string, port: number, worker: Worker) {
    this.#host = host
    this.#port = port
    this.#worker = worker
  }

  /** Starts a listener that never accepts. @throws when the address is taken by a listener without reusePort */
  static async open(host: string, port: number): Promise<BlackHole> {
    const gate = new Int32Array(new SharedArrayBuffer(4))
    const worker = new Worker(new URL('black-hole-worker.ts', import.meta.url), {
      workerData: { host, port, gate },
      resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2 },
    })
    worker.unref()
    await once(worker, 'message')
    return new BlackHole(host, port, worker)
  }

  /** Fills the accept queue; from then on attempts hang. */
  async fill(): Promise<void> {
    for (let index = 0; index < QUEUE_LENGTH; index += 1) {
      const socket = connect({ host: this.#host, port: this.#port })
      socket.unref()
      this.#fillers.push(socket)
      // The listener resets the fillers when it closes.
      socket.on('error', () => socket.destroy())
      if (!(await connects(socket))) return
    }
  }

  async close(): Promise<void> {
    for (const socket of this.#fillers) socket.destroy()
    await this.#worker.terminate()
  }
}

async function connects(socket: Socket): Promise<boolean> {
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(FILL_TIMEOUT_MS) })
    return true
  } catch {
    // Timed out, or reset by a listener that closes meanwhile: either way there is nothing more to fill.
    socket.destroy()
    return false
  }
}
