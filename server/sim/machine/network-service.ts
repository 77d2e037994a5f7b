import { once } from 'node:events'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { BlackHole } from './black-hole.ts'
import type { NetworkState } from './machine-types.ts'
import type { SimMachine } from './machine.ts'
import { answerRpc } from './rpc-null.ts'

/** What a machine's service says: an SSH server greets, an NFS server answers the NULL procedure. */
export type ServiceKind = 'ssh' | 'nfs'

/** Options of one network service of a machine. */
export interface NetworkServiceOptions {
  machine: SimMachine
  kind: ServiceKind
  /** Loopback address. */
  host: string
  /** Default 0: any free port. */
  port?: number
}

const GREETING = 'SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u5\r\n'

/** Only Linux lets two listeners share an address, and drops SYNs for a full queue. */
const CAN_BLACK_HOLE = process.platform === 'linux'

/** Starts a service that lives and dies with the machine's network. */
export async function startNetworkService(options: NetworkServiceOptions): Promise<NetworkService> {
  const service = new NetworkService(options)
  await service.start(options.port ?? 0)
  return service
}

/**
 * One TCP service: it answers while the machine is well, accepts and says nothing while it hangs, and
 * swallows connection attempts while the machine is off, boots or has lost its network.
 */
export class NetworkService {
  readonly kind: ServiceKind
  readonly host: string
  readonly #machine: SimMachine
  readonly #sockets = new Set<Socket>()
  #server: Server | null = null
  #blackHole: BlackHole | null = null
  #port = 0
  #pending: Promise<void> = Promise.resolve()
  #unsubscribe: () => void = () => undefined
  #isClosed = false
  #failure: unknown = null

  constructor(options: NetworkServiceOptions) {
    this.#machine = options.machine
    this.kind = options.kind
    this.host = options.host
  }

  get port(): number {
    return this.#port
  }

  async start(port: number): Promise<void> {
    await this.#listen(port)
    this.#unsubscribe = this.#machine.subscribe((change) => {
      if (change === 'network') this.#follow()
    })
    this.#follow()
    await this.settled()
  }

  /** Resolves when the service has caught up with the machine. Rejects with what kept it from doing so. */
  async settled(): Promise<void> {
    await this.#pending
    if (this.#failure !== null) throw this.#failure
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#unsubscribe()
    this.#isClosed = true
    await this.#pending
    this.#dropConnections()
    await this.#close()
    await this.#blackHole?.close()
  }

  #follow(): void {
    this.#pending = this.#pending
      .then(() => this.#apply(this.#machine.network))
      .catch((error: unknown) => {
        this.#failure ??= error
      })
  }

  async #apply(state: NetworkState): Promise<void> {
    if (this.#isClosed) return
    if (state === 'unreachable') await this.#disappear()
    else await this.#appear()
  }

  async #disappear(): Promise<void> {
    if (!this.#server) return
    if (!CAN_BLACK_HOLE) return this.#close()
    const blackHole = await BlackHole.open(this.host, this.#port)
    this.#blackHole = blackHole
    this.#server.close()
    this.#server = null
    await blackHole.fill()
  }

  async #appear(): Promise<void> {
    if (this.#server) return
    this.#dropConnections()
    await this.#listen(this.#port)
    await this.#blackHole?.close()
    this.#blackHole = null
  }

  async #listen(port: number): Promise<void> {
    const server = createServer((socket) => this.#accept(socket))
    server.listen({ host: this.host, port, reusePort: CAN_BLACK_HOLE })
    await once(server, 'listening')
    this.#port = (server.address() as AddressInfo).port
    this.#server = server
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('close', () => this.#sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    if (this.kind === 'ssh' && this.#machine.network === 'answers') socket.write(GREETING)
    socket.on('data', (data: Buffer) => {
      if (this.kind !== 'nfs' || this.#machine.network !== 'answers') return
      const reply = answerRpc(data)
      if (reply) socket.write(reply)
    })
  }

  #dropConnections(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  async #close(): Promise<void> {
    const server = this.#server
    this.#server = null
    if (!server) return
    const closed = once(server, 'close')
    server.close()
    if (this.#isClosed) this.#dropConnections()
    else return
    await closed
  }
}
