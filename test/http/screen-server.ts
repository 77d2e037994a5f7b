import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { WebSocketServer, type WebSocket } from 'ws'
import { can, type Principal } from '../../server/access/can.ts'
import type { Consoles } from '../../server/consoles/consoles.ts'
import { screenSocket } from '../../server/http/screen-socket.ts'
import { deviceId } from '../consoles/rig.ts'

export type ScreenServer = {
  port: number
  /** The server's end of each line, by the path (without its `/`) under which it was opened last. */
  lines: ReadonlyMap<string, { socket: WebSocket; stream: Socket }>
  close(): Promise<void>
}

/** The screen socket alone, on plain loopback: a path is a person, whom `principalOf` knows or who is cut. */
export async function startScreenServer(
  consoles: Consoles,
  principalOf: (path: string) => Principal | undefined,
): Promise<ScreenServer> {
  const route = screenSocket(consoles)
  const server = createServer()
  const lines = new Map<string, { socket: WebSocket; stream: Socket }>()
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: route.maxPayloadBytes,
    perMessageDeflate: false,
  })
  server.on('upgrade', (request, stream, head) => {
    const path = request.url?.slice(1) ?? ''
    const principal = principalOf(path)
    if (principal === undefined) return stream.destroy()
    sockets.handleUpgrade(request, stream, head, (socket) => {
      lines.set(path, { socket, stream: request.socket })
      const signal = new AbortController().signal
      const may: Parameters<typeof route.open>[0]['may'] = (capability, resource) =>
        can(principal, capability, resource)
      route.open({ socket, request, principal, params: { deviceId }, signal, may })
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    lines,
    async close() {
      server.closeAllConnections()
      for (const { socket } of lines.values()) socket.terminate()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
