import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

type Pair = { near: Socket; far: Socket; isDead: boolean }

/**
 * A TCP proxy with a delay each way. On command the connections that are open go dead as on a phone that changed its
 * network: nothing passes any more and no FIN or reset tells of it, while new ones work.
 */
export class SwallowingProxy {
  readonly #server = createServer({ allowHalfOpen: true })
  readonly #pairs = new Set<Pair>()
  readonly #delayMs: number
  #target = 0

  /** `delayMs`: each way, so half of the round trip. */
  constructor(delayMs = 0) {
    this.#delayMs = delayMs
  }

  /** Connections that were opened so far. */
  opened = 0

  /** Listens on a free loopback port and passes everything to `targetPort`; resolves with its own port. */
  async start(targetPort: number): Promise<number> {
    this.#target = targetPort
    this.#server.on('connection', (near) => this.#join(near))
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return (this.#server.address() as AddressInfo).port
  }

  /** All connections that are open now pass nothing any more. */
  swallow(): void {
    for (const pair of this.#pairs) pair.isDead = true
  }

  async stop(): Promise<void> {
    for (const { near, far } of this.#pairs) {
      near.destroy()
      far.destroy()
    }
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #join(near: Socket): void {
    this.opened += 1
    const far = connect(this.#target, '127.0.0.1')
    const pair: Pair = { near, far, isDead: false }
    this.#pairs.add(pair)
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.setNoDelay(true)
      from.on('data', (data) => this.#later(pair, () => to.write(data)))
      from.on('end', () => this.#later(pair, () => to.end()))
      from.on('close', () => this.#later(pair, () => to.destroy()))
      from.on('error', () => this.#later(pair, () => to.destroy()))
    }
  }

  #later(pair: Pair, pass: () => void): void {
    if (pair.isDead) return
    setTimeout(() => !pair.isDead && pass(), this.#delayMs)
  }
}
