import { connect, createServer, type Socket } from 'node:net'
import type { AddressInfo } from 'node:net'

/**
 * A TCP relay that behaves like a slow link: each direction of ALL connections shares one FIFO at `bitsPerSecond`,
 * and every chunk arrives half a round trip after it was sent. The handshakes of TLS and websockets pay for it too,
 * which browser-side throttling leaves out.
 */
export type ShaperOptions = { targetPort: number; bitsPerSecond: number; rttMs: number; targetHost?: string }
export type Shaper = { port: number; bytesDown: () => number; bytesUp: () => number; close(): Promise<void> }

type Direction = { freeAt: number; bytes: number }
const chunkBytes = 1460

export async function startShaper(options: ShaperOptions): Promise<Shaper> {
  const down: Direction = { freeAt: 0, bytes: 0 }
  const up: Direction = { freeAt: 0, bytes: 0 }
  const open = new Set<Socket>()
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (client) => {
    const target = connect({
      port: options.targetPort,
      host: options.targetHost ?? '127.0.0.1',
      noDelay: true,
      allowHalfOpen: true,
    })
    for (const socket of [client, target]) {
      open.add(socket)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => open.delete(socket))
    }
    // A TCP handshake costs a round trip before the first byte; loopback's own is free.
    const readyAt = performance.now() + options.rttMs
    relay(client, target, up, options, readyAt)
    relay(target, client, down, options, readyAt)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    bytesDown: () => down.bytes,
    bytesUp: () => up.bytes,
    close: async () => {
      for (const socket of open) socket.destroy()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

function relay(
  from: Socket,
  to: Socket,
  direction: Direction,
  options: ShaperOptions,
  readyAt: number,
): void {
  const { bitsPerSecond, rttMs } = options
  const backlogBytes = Math.max(65_536, (bitsPerSecond / 8000) * rttMs)
  let queued = 0
  let lastAt = readyAt
  // One queue and one timer: timers of their own may fire out of order, and bytes must not.
  const waiting: { at: number; act: () => void }[] = []
  let timer: ReturnType<typeof setTimeout> | undefined
  const schedule = (): void => {
    const next = waiting[0]
    if (timer === undefined && next !== undefined)
      timer = setTimeout(run, Math.max(0, next.at - performance.now()))
  }
  const run = (): void => {
    timer = undefined
    while (waiting[0] !== undefined && waiting[0].at <= performance.now()) waiting.shift()?.act()
    schedule()
  }
  const deliver = (at: number, act: () => void): void => {
    lastAt = Math.max(lastAt, at)
    waiting.push({ at: lastAt, act })
    schedule()
  }
  from.on('data', (data: Buffer) => {
    for (let offset = 0; offset < data.length; offset += chunkBytes) {
      const chunk = data.subarray(offset, offset + chunkBytes)
      direction.bytes += chunk.length
      direction.freeAt =
        Math.max(direction.freeAt, performance.now(), readyAt) + (chunk.length * 8000) / bitsPerSecond
      queued += chunk.length
      deliver(direction.freeAt + rttMs / 2, () => {
        queued -= chunk.length
        if (!to.destroyed) to.write(chunk)
        if (queued < backlogBytes / 2) from.resume()
      })
    }
    // A real link pushes back: the sender may have about one bandwidth-delay product under way.
    if (queued >= backlogBytes) from.pause()
  })
  from.on('end', () => deliver(direction.freeAt + rttMs / 2, () => to.end()))
  from.on('close', () => deliver(performance.now() + rttMs / 2, () => to.destroy()))
}
