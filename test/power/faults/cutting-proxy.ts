import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** A TCP proxy in front of a device that cuts what is open, with a reset or without a word, and for a while what is new. */
export class CuttingProxy {
  readonly #server = createServer((near) => this.#join(near))
  readonly #open = new Set<{ near: Socket; far: Socket; isSwallowed: boolean }>()
  #target = 0
  #closedUntil = 0

  /** Passes everything to this port of loopback; resolves with its own. */
  async start(target: number): Promise<number> {
    this.#target = target
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return (this.#server.address() as AddressInfo).port
  }

  cut(how: 'reset' | 'swallow', forMs: number): void {
    this.#closedUntil = Date.now() + forMs
    for (const pair of this.#open) {
      if (how === 'swallow') pair.isSwallowed = true
      else for (const socket of [pair.near, pair.far]) socket.resetAndDestroy()
    }
  }

  async stop(): Promise<void> {
    for (const { near, far } of this.#open) for (const socket of [near, far]) socket.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #join(near: Socket): void {
    near.on('error', () => near.destroy())
    if (Date.now() < this.#closedUntil) return void near.resetAndDestroy()
    const far = connect(this.#target, '127.0.0.1')
    const pair = { near, far, isSwallowed: false }
    this.#open.add(pair)
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.setNoDelay(true)
      from.on('data', (data) => !pair.isSwallowed && to.write(data))
      from.on('error', () => from.destroy())
      from.on('close', () => {
        this.#open.delete(pair)
        to.destroy()
      })
    }
  }
}
