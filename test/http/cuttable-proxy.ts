import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** A TCP proxy whose connections can be made to vanish: nothing passes any more, and no FIN or reset tells of it. */
export class CuttableProxy {
  readonly #server = createServer({ allowHalfOpen: true })
  readonly #sockets: Socket[] = []
  #isCut = false

  /** Listens on a free loopback port and passes everything to `targetPort`; resolves with its own port. */
  async start(targetPort: number): Promise<number> {
    this.#server.on('connection', (near) => this.#join(near, connect(targetPort, '127.0.0.1')))
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return (this.#server.address() as AddressInfo).port
  }

  /** From now on nothing is forwarded, closing included. */
  cut(): void {
    this.#isCut = true
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #join(near: Socket, far: Socket): void {
    this.#sockets.push(near, far)
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.on('data', (data) => !this.#isCut && to.write(data))
      from.on('end', () => !this.#isCut && to.end())
      from.on('close', () => !this.#isCut && to.destroy())
      from.on('error', () => !this.#isCut && to.destroy())
    }
  }
}
