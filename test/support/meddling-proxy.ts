import { createHash, X509Certificate } from 'node:crypto'
import { request, createServer, type Server } from 'node:https'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { issueCa, issueLeaf } from '../../server/access/certificates/issue.ts'
import { scopeFor } from '../../server/access/certificates/name-constraints.ts'

/**
 * A reverse proxy between a browser and Crashcart that speaks https to both and never lets a websocket through: it
 * refuses upgrades, or never answers them. On command something else answers in Crashcart's place.
 */
export class MeddlingProxy {
  /** Base64 SHA-256 of its certificate's key, for a browser that shall trust it. */
  spki = ''
  upgrades: 'refused' | 'swallowed' = 'refused'
  /** Upgrades that were asked for so far. */
  upgradesAsked = 0
  /** What answers instead; null: Crashcart. */
  instead: ((request: IncomingMessage, response: ServerResponse) => void) | null = null
  #server: Server | null = null
  readonly #open = new Set<Duplex>()

  /** Listens on a free loopback port; resolves with the origin of its pages. */
  async start(targetPort: number): Promise<string> {
    const ca = await issueCa('proxy', scopeFor([]), Date.now())
    const leaf = await issueLeaf(ca, ['localhost'], Date.now())
    const key = new X509Certificate(leaf.cert).publicKey.export({ type: 'spki', format: 'der' })
    this.spki = createHash('sha256').update(key).digest('base64')
    const server = createServer(leaf, (asked, answer) => {
      if (this.instead !== null) this.instead(asked, answer)
      else pass(asked, answer, targetPort)
    })
    server.on('upgrade', (_asked, socket: Duplex) => this.#upgrade(socket))
    server.on('connection', (socket) => {
      this.#open.add(socket)
      socket.on('close', () => this.#open.delete(socket))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    this.#server = server
    return `https://localhost:${(server.address() as AddressInfo).port}`
  }

  /** Every connection breaks. */
  cut(): void {
    for (const socket of this.#open) socket.destroy()
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server?.close(resolve))
    this.cut()
    await closed
  }

  #upgrade(socket: Duplex): void {
    this.upgradesAsked += 1
    socket.on('error', () => socket.destroy())
    if (this.upgrades === 'refused') {
      socket.end('HTTP/1.1 403 Forbidden\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<h1>403</h1>')
    }
  }
}

function pass(asked: IncomingMessage, answer: ServerResponse, port: number): void {
  const { method, url, headers } = asked
  const onward = request(
    { host: '127.0.0.1', port, method, path: url, headers, rejectUnauthorized: false },
    (theirs) => {
      answer.writeHead(theirs.statusCode ?? 502, theirs.headers)
      theirs.pipe(answer)
      theirs.on('error', () => answer.destroy())
    },
  )
  onward.on('error', () => answer.destroy())
  answer.on('close', () => onward.destroy())
  asked.pipe(onward)
}
