import { once } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'
import { createServer, type TLSSocket } from 'node:tls'
import { makeSelfSigned } from '../../../server/sim/pikvm/certificate.ts'
import { afterThisTest } from './rig.ts'

export type RawPeer = {
  host: string
  port: number
  /** Application bytes of all connections, as one text. */
  received(): string
  /** TCP connections; some of them end before the handshake is known here to be complete. */
  connections(): number
}

/** A TLS server that does what `serve` says with each connection and keeps what it was sent. */
export async function rawPeer(serve: (socket: TLSSocket) => void): Promise<RawPeer> {
  const host = '127.0.0.1'
  const { certPem, keyPem } = await makeSelfSigned('raw', host)
  const sockets = new Set<Socket>()
  const chunks: Buffer[] = []
  let connections = 0
  const server = createServer({ cert: certPem, key: keyPem }, (socket) => {
    // What the peer of a test does wrong may end in a reset.
    socket.on('error', () => undefined)
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    serve(socket)
  })
  server.on('connection', (socket: Socket) => {
    connections++
    sockets.add(socket)
    socket.on('error', () => undefined)
  })
  server.on('tlsClientError', () => undefined)
  server.listen(0, host)
  await once(server, 'listening')
  afterThisTest(async () => {
    for (const socket of sockets) socket.destroy()
    server.close()
    await once(server, 'close')
  })
  return {
    host,
    port: (server.address() as AddressInfo).port,
    received: () => Buffer.concat(chunks).toString('latin1'),
    connections: () => connections,
  }
}

/** Calls `then` with each request's head once it has arrived whole. */
export function onRequestHead(socket: TLSSocket, then: (head: string) => void): void {
  let head = ''
  socket.on('data', (chunk: Buffer) => {
    if (head.includes('\r\n\r\n')) return
    head += chunk.toString('latin1')
    if (head.includes('\r\n\r\n')) then(head)
  })
}
