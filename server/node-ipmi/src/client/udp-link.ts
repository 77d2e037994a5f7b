import { createSocket, type Socket } from 'node:dgram'
import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { IpmiUnreachableError } from '../errors.ts'
import { maxDatagramBytes } from '../wire/session-packet.ts'
import { Listeners, type Subscription } from './disposable.ts'
import { deferred } from './deferred.ts'

/** Datagrams to and from one address and port. */
export interface DatagramLink {
  readonly remoteAddress: string
  readonly remotePort: number
  readonly localPort: number
  send(datagram: Buffer): void
  onDatagram(listener: (datagram: Buffer) => void): Subscription
  /** The network refused a datagram (ICMP). It says nothing of which one. */
  onRefused(listener: (error: Error) => void): Subscription
  close(): void
}

/** Opens links; replaced in tests that need no network. */
export type OpenLink = (address: string, port: number) => Promise<DatagramLink>

/** Name to address, both families, in the resolver's order. @throws IpmiUnreachableError when the name is unknown */
export async function resolveHost(host: string): Promise<string> {
  const bare = host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host
  if (isIP(bare) !== 0) return bare
  try {
    return (await lookup(bare)).address
  } catch (error) {
    throw new IpmiUnreachableError(
      'look-up',
      `The name ${bare} could not be resolved; check it, or use the address`,
      {
        cause: error,
      },
    )
  }
}

/** A connected UDP socket, IPv4 or IPv6: it hears only this peer, and is told when the port is unreachable. */
export async function openUdpLink(address: string, port: number): Promise<DatagramLink> {
  const socket = createSocket({ type: isIP(address.split('%')[0] ?? '') === 6 ? 'udp6' : 'udp4' })
  await connect(socket, address, port)
  return new UdpLink(socket, address, port)
}

class UdpLink implements DatagramLink {
  readonly remoteAddress: string
  readonly remotePort: number
  readonly localPort: number
  readonly #socket: Socket
  readonly #datagrams = new Listeners<Buffer>()
  readonly #refused = new Listeners<Error>()
  #isClosed = false

  constructor(socket: Socket, address: string, port: number) {
    this.#socket = socket
    this.remoteAddress = address
    this.remotePort = port
    this.localPort = socket.address().port
    socket.on('message', (datagram) => {
      if (datagram.length <= maxDatagramBytes) this.#datagrams.emit(datagram)
    })
    socket.on('error', (error) => this.#refused.emit(error))
  }

  send(datagram: Buffer): void {
    if (this.#isClosed) return
    this.#socket.send(datagram, (error) => {
      if (error && !this.#isClosed) this.#refused.emit(error)
    })
  }

  onDatagram(listener: (datagram: Buffer) => void): Subscription {
    return this.#datagrams.add(listener)
  }

  onRefused(listener: (error: Error) => void): Subscription {
    return this.#refused.add(listener)
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#datagrams.clear()
    this.#refused.clear()
    this.#socket.close()
  }
}

function connect(socket: Socket, address: string, port: number): Promise<void> {
  const { promise, resolve, reject } = deferred<void>()
  const onError = (error: Error): void => {
    socket.close()
    reject(
      new IpmiUnreachableError('look-up', `${address} port ${port} cannot be reached from here`, {
        cause: error,
      }),
    )
  }
  socket.once('error', onError)
  socket.connect(port, address, () => {
    socket.off('error', onError)
    resolve()
  })
  return promise
}
