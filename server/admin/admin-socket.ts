import { chmodSync, lstatSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import type { FastifyBaseLogger } from 'fastify'
import { isAppError } from '../errors.ts'
import { removeStaleSocket } from '../stale-socket.ts'
import {
  adminRequest,
  adminSocketPath,
  longestPathBytes,
  type AdminAnswer,
  type AdminRequest,
} from './protocol.ts'

const mostBytes = 4096
const mostConnections = 8
const patienceMs = 10_000

/**
 * The way in for whoever is at the host itself: a Unix socket in the data directory (0700) that only root and the user
 * of the server can open (0600). It speaks lines of JSON, no HTTP: no browser and no proxy says anything that it
 * understands, and only the first line of a connection counts. Where it cannot be made, the server runs without it.
 */
export class AdminSocket {
  readonly #path: string
  readonly #run: (request: AdminRequest) => Promise<AdminAnswer>
  readonly #log: FastifyBaseLogger
  readonly #open = new Set<Socket>()
  #server: Server | null = null

  constructor(parts: {
    dataDir: string
    run(request: AdminRequest): Promise<AdminAnswer>
    log: FastifyBaseLogger
  }) {
    this.#path = adminSocketPath(parts.dataDir)
    this.#run = parts.run
    this.#log = parts.log
  }

  /** Replaces what a killed server left; never what a living one has. Never rejects. */
  async listen(): Promise<void> {
    try {
      if (Buffer.byteLength(this.#path) > longestPathBytes) throw new Error('its path is too long')
      await removeStaleSocket(this.#path)
      this.#server = await this.#bind()
    } catch (error) {
      this.#log.warn({ err: error, path: this.#path }, 'crashcart admin will not work: no socket for it')
    }
  }

  /** Ends what is open and removes the file. */
  async close(): Promise<void> {
    const server = this.#server
    if (server === null) return
    this.#server = null
    const closed = new Promise((resolve) => server.close(resolve))
    for (const socket of this.#open) socket.destroy()
    await closed
  }

  async #bind(): Promise<Server> {
    const server = createServer((socket) => this.#serve(socket))
    server.maxConnections = mostConnections
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(this.#path, () => resolve())
    })
    server.on('error', (error) => this.#log.warn({ err: error }, 'the admin socket failed'))
    // Until here the directory alone kept others out.
    chmodSync(this.#path, 0o600)
    if (lstatSync(this.#path).uid === process.geteuid?.()) return server
    server.close()
    throw new Error('it belongs to somebody else')
  }

  #serve(socket: Socket): void {
    this.#open.add(socket)
    socket.on('close', () => this.#open.delete(socket))
    // The other end went away: there is nobody to tell.
    socket.on('error', () => socket.destroy())
    socket.setTimeout(patienceMs, () => socket.destroy())
    let heard = ''
    const take = (piece: Buffer): void => {
      heard += piece.toString()
      const end = heard.indexOf('\n')
      if (end < 0 && heard.length <= mostBytes) return
      socket.off('data', take)
      socket.resume()
      void this.#answer(heard.slice(0, Math.max(0, end))).then((answer) =>
        socket.end(`${JSON.stringify(answer)}\n`),
      )
    }
    socket.on('data', take)
  }

  async #answer(line: string): Promise<AdminAnswer> {
    const request = parse(line)
    if (request === null) return { done: false, lines: ['This socket understands crashcart admin only.'] }
    this.#log.info({ command: request.command }, 'crashcart admin')
    try {
      return await this.#run(request)
    } catch (error) {
      if (isAppError(error)) return { done: false, lines: [error.message] }
      this.#log.error({ err: error, command: request.command }, 'crashcart admin failed')
      return { done: false, lines: ['Crashcart failed at this. Its log says why.'] }
    }
  }
}

function parse(line: string): AdminRequest | null {
  try {
    const parsed = adminRequest.safeParse(JSON.parse(line))
    return parsed.success ? parsed.data : null
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}
