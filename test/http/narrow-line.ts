import { connect, type Socket } from 'node:net'
import { Duplex } from 'node:stream'

/** A browser's end of a TCP connection that takes no more than it is allowed: everything at first. */
export class NarrowLine extends Duplex {
  /** Bytes that have come through. */
  taken = 0
  readonly #socket: Socket
  #allowance = Number.POSITIVE_INFINITY

  constructor(port: number) {
    super()
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true })
    this.#socket.on('readable', () => this.#pump())
    this.#socket.on('close', () => this.destroy())
    // `close` follows and says enough.
    this.#socket.on('error', () => undefined)
  }

  /** From now on at most this many bytes; what was allowed before and not used is lost. */
  allow(bytes: number): void {
    this.#allowance = bytes
    this.#pump()
  }

  override _read(): void {
    this.#pump()
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.#socket.write(chunk, done)
  }

  override _final(done: () => void): void {
    this.#socket.end(done)
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.destroy()
    done(error)
  }

  #pump(): void {
    for (;;) {
      const bytes = Math.min(this.#allowance, this.#socket.readableLength)
      const chunk = bytes === 0 ? null : (this.#socket.read(bytes) as Buffer | null)
      if (chunk === null) return
      this.#allowance -= chunk.length
      this.taken += chunk.length
      this.push(chunk)
    }
  }
}
