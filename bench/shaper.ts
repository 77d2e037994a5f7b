import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/**
 * A TCP relay that behaves like a slow link: each direction of all connections together is one queue at
 * `bitsPerSecond`, every packet arrives half a round trip after it left, and a connection's first byte leaves one round
 * trip after it was opened, as after a TCP handshake. The handshakes of TLS and websockets pay too, which browser-side
 * throttling leaves out. Left out: TCP's slow start and loss, so a real link is slower for both sides of a comparison.
 */
export type ShaperOptions = {
  targetPort: number
  bitsPerSecond: number
  rttMs: number
  /** How much of one connection may be under way. Default 64 KiB: some bandwidth-delay products of a slow link. */
  windowBytes?: number
}

export type Shaper = {
  port: number
  /** Bytes sent towards the client so far, those of TLS included. */
  bytesDown(): number
  bytesUp(): number
  close(): Promise<void>
}

const host = '127.0.0.1'
const packetBytes = 1460
const standardWindowBytes = 65_536

/** Starts the relay on a free port of loopback. */
export async function startShaper(options: ShaperOptions): Promise<Shaper> {
  const down = new Direction(options)
  const up = new Direction(options)
  const windowBytes = options.windowBytes ?? standardWindowBytes
  const sockets = new Set<Socket>()
  const server = createServer({ noDelay: true, allowHalfOpen: true, pauseOnConnect: true }, (client) => {
    keep(sockets, client)
    setTimeout(() => {
      if (client.destroyed) return
      const target = connect({ host, port: options.targetPort, noDelay: true, allowHalfOpen: true })
      keep(sockets, target)
      relay(client, target, up, windowBytes)
      relay(target, client, down, windowBytes)
      client.resume()
    }, options.rttMs)
  })
  await new Promise<void>((resolve) => server.listen(0, host, resolve))
  return {
    port: (server.address() as AddressInfo).port,
    bytesDown: () => down.bytes,
    bytesUp: () => up.bytes,
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function keep(sockets: Set<Socket>, socket: Socket): void {
  sockets.add(socket)
  // `close` follows each error and is what is passed on.
  socket.on('error', () => socket.destroy())
  socket.on('close', () => sockets.delete(socket))
}

/** One direction of the link: a queue in order of departure and one timer, so that nothing overtakes. */
class Direction {
  bytes = 0
  readonly #msPerByte: number
  readonly #delayMs: number
  readonly #queue: { at: number; arrive: () => void }[] = []
  #freeAt = 0
  #isArmed = false

  constructor({ bitsPerSecond, rttMs }: ShaperOptions) {
    this.#msPerByte = 8000 / bitsPerSecond
    this.#delayMs = rttMs / 2
  }

  /** Puts a packet on the link; a size of 0 is a sign (an end) that keeps its place in the order. */
  send(size: number, arrive: () => void): void {
    this.bytes += size
    this.#freeAt = Math.max(this.#freeAt, performance.now()) + size * this.#msPerByte
    this.#queue.push({ at: this.#freeAt + this.#delayMs, arrive })
    this.#arm()
  }

  #arm(): void {
    const next = this.#queue[0]
    if (this.#isArmed || next === undefined) return
    this.#isArmed = true
    setTimeout(() => this.#deliver(), Math.max(1, Math.ceil(next.at - performance.now())))
  }

  #deliver(): void {
    this.#isArmed = false
    const now = performance.now()
    const due = this.#queue.findIndex(({ at }) => at > now)
    for (const { arrive } of this.#queue.splice(0, due === -1 ? this.#queue.length : due)) arrive()
    this.#arm()
  }
}

/** A sender is held back when `windowBytes` of its connection are under way. */
function relay(from: Socket, to: Socket, direction: Direction, windowBytes: number): void {
  let underWay = 0
  from.on('data', (data: Buffer) => {
    for (let offset = 0; offset < data.length; offset += packetBytes) {
      const packet = data.subarray(offset, offset + packetBytes)
      underWay += packet.length
      direction.send(packet.length, () => {
        underWay -= packet.length
        if (to.writable) to.write(packet)
        if (underWay < windowBytes / 2) from.resume()
      })
    }
    if (underWay >= windowBytes) from.pause()
  })
  from.on('end', () => direction.send(0, () => to.end()))
  from.on('close', () => direction.send(0, () => to.destroy()))
}
