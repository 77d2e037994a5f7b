import type { Server } from 'node:http'
import { isIPv6, type Socket } from 'node:net'

/** One household or office behind one address opens fewer at once. */
const mostOfOneAddress = 128
/** What a small machine holds without harm: about 60 MB of TLS. */
const mostOfAll = 1_024

/** An address with fewer always gets in. */
const crowd = 8
/** A handshake takes a millisecond of everybody's time: so many newcomers of a crowded address at once, and a second. */
const changesAtOnce = 32
const changesPerSecond = 5

type Limits = { ofOneAddress: number; ofAll: number }
type Changes = { left: number; at: number }
type Stranger = { socket: Socket; group: string }

/**
 * Bounds the connections on which nobody has signed in. A new one is taken, since it may be the owner's: the oldest of
 * the same address goes, and when there are too many in all, the oldest of the address that holds most. Only who holds
 * many already and comes again and again is turned away, before the handshake. A connection that has shown a session is
 * left alone.
 */
export class StrangerLimits {
  readonly #limits: Limits
  readonly #isProxy: (remoteAddress: string) => boolean
  readonly #now: () => number
  /** By address, oldest first. */
  readonly #groups = new Map<string, Set<Socket>>()
  /** By both ends, because TLS shows its requests another socket than the one that was accepted. */
  readonly #strangers = new Map<string, Stranger>()
  /** What is left to each group of its changes. */
  readonly #changes = new WeakMap<ReadonlySet<Socket>, Changes>()

  /** `isProxy`: everybody comes from there, so only the limit of all counts. */
  constructor(
    isProxy: (remoteAddress: string) => boolean,
    limits: Partial<Limits> = {},
    /** Monotonic ms. */
    now: () => number = () => performance.now(),
  ) {
    this.#isProxy = isProxy
    this.#now = now
    this.#limits = { ofOneAddress: mostOfOneAddress, ofAll: mostOfAll, ...limits }
  }

  /** Counts the connections of one server. */
  attach(server: Pick<Server, 'on'>): void {
    server.on('connection', (socket: Socket) => this.#add(socket))
  }

  /** Somebody with a session spoke on it. */
  trust(socket: Pick<Socket, 'remoteAddress' | 'remotePort'>): void {
    this.#forget(endsOf(socket))
  }

  #add(socket: Socket): void {
    const { remoteAddress } = socket
    // A Unix socket, or gone already.
    if (remoteAddress === undefined) return
    const key = endsOf(socket)
    const group = groupOf(remoteAddress)
    const others = this.#groups.get(group) ?? new Set<Socket>()
    this.#groups.set(group, others)
    if (this.#isStorm(others, remoteAddress)) return void socket.destroy()
    if (others.size >= this.#limits.ofOneAddress && !this.#isProxy(remoteAddress)) this.#endOldest(others)
    if (this.#strangers.size >= this.#limits.ofAll) this.#endOldest(this.#largestGroup())
    // It may have emptied and dropped the group.
    const now = this.#groups.get(group) ?? others
    this.#groups.set(group, now.add(socket))
    this.#strangers.set(key, { socket, group })
    socket.once('close', () => {
      if (this.#strangers.get(key)?.socket === socket) this.#forget(key)
    })
  }

  /** Somebody who holds many already has been given others for them too often of late. */
  #isStorm(group: ReadonlySet<Socket>, remoteAddress: string): boolean {
    const isFull = group.size >= this.#limits.ofOneAddress || this.#strangers.size >= this.#limits.ofAll
    if (!isFull || group.size < crowd || this.#isProxy(remoteAddress)) return false
    const at = this.#now()
    const before = this.#changes.get(group) ?? { left: changesAtOnce, at }
    const left = Math.min(changesAtOnce, before.left + ((at - before.at) / 1_000) * changesPerSecond)
    const isStorm = left < 1
    this.#changes.set(group, { left: isStorm ? left : left - 1, at })
    return isStorm
  }

  #endOldest(group: ReadonlySet<Socket>): void {
    const [oldest] = group
    if (oldest === undefined) return
    this.#forget(endsOf(oldest))
    oldest.destroy()
  }

  #forget(key: string): void {
    const stranger = this.#strangers.get(key)
    if (stranger === undefined) return
    this.#strangers.delete(key)
    const group = this.#groups.get(stranger.group)
    group?.delete(stranger.socket)
    if (group?.size === 0) this.#groups.delete(stranger.group)
  }

  #largestGroup(): ReadonlySet<Socket> {
    let largest: ReadonlySet<Socket> = new Set()
    for (const group of this.#groups.values()) if (group.size > largest.size) largest = group
    return largest
  }
}

function endsOf({ remoteAddress, remotePort }: Pick<Socket, 'remoteAddress' | 'remotePort'>): string {
  return `${remoteAddress} ${remotePort}`
}

/** An IPv4 address, or the half of an IPv6 address that one network owns. */
function groupOf(remoteAddress: string): string {
  const address = remoteAddress.replace(/^::ffff:(?=\d+\.)/, '')
  if (!isIPv6(address)) return address
  const [head = '', tail] = address.replace(/%.*$/, '').split('::')
  const start = head === '' ? [] : head.split(':')
  const end = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? 0 : 8 - start.length - end.length
  return [...start, ...Array.from({ length: zeros }, () => '0'), ...end].slice(0, 4).join(':')
}
