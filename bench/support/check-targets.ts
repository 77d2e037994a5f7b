import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { BlackHole } from '../../server/sim/machine/black-hole.ts'

const host = '127.0.0.1'

/** A service that greets, on a port of its own, until it is shut: then connections are refused. */
export class Greeter {
  #server: Server | null = null
  readonly #sockets = new Set<Socket>()
  #port = 0

  get port(): number {
    return this.#port
  }

  async open(): Promise<void> {
    const server = createServer((socket) => {
      this.#sockets.add(socket)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => this.#sockets.delete(socket))
      socket.end('SSH-2.0-bench\r\n')
    })
    await new Promise<void>((resolve) => server.listen(this.#port, host, resolve))
    this.#port = (server.address() as AddressInfo).port
    this.#server = server
  }

  async shut(): Promise<void> {
    const server = this.#server
    this.#server = null
    if (server === null) return
    const closed = new Promise((resolve) => server.close(resolve))
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }
}

/** A port that swallows every attempt to connect. */
export async function openBlackHole(): Promise<{ port: number; close(): Promise<void> }> {
  const free = createServer()
  await new Promise<void>((resolve) => free.listen(0, host, resolve))
  const { port } = free.address() as AddressInfo
  await new Promise((resolve) => free.close(resolve))
  const hole = await BlackHole.open(host, port)
  await hole.fill()
  return { port, close: () => hole.close() }
}
