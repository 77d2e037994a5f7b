import { randomInt } from 'node:crypto'
import { ReplayWindow } from '../../node-ipmi/src/session/replay-window.ts'
import type { CipherSuite } from '../../node-ipmi/src/wire/cipher-suite.ts'
import type { RakpInputs } from '../../node-ipmi/src/wire/rakp-codes.ts'
import type { SessionKeys } from '../../node-ipmi/src/wire/sealed-packet.ts'

/** Where a datagram came from. */
export interface Peer {
  address: string
  port: number
}

export interface BmcUser {
  id: number
  name: string
  password: string
  /** 2 user, 3 operator, 4 administrator. */
  privilege: number
}

/** A session while and after it is opened. */
export interface BmcSession {
  id: number
  handle: number
  consoleSessionId: number
  peer: Peer
  suite: CipherSuite
  openedPrivilege: number
  state: 'opened' | 'challenged' | 'active'
  user: BmcUser | undefined
  inputs: RakpInputs | undefined
  sik: Buffer
  keys: SessionKeys | undefined
  maxPrivilege: number
  privilege: number
  sequence: number
  window: ReplayWindow
  lastSeenMs: number
  /** A packet has come in it: no RAKP 3 ends it any more. */
  isUsed: boolean
  /** The last requests with their answers, so that a retransmission is answered without being carried out again. */
  answered: Map<string, Buffer>
  lastHandshake: { request: Buffer; answer: Buffer } | undefined
}

const idleMs = 60_000
/** A request further ahead than this is dropped, as strict BMCs do. */
const windowReach = 8
const handshakeMs = 5000

/** The few session slots of a BMC. */
export class SessionTable {
  readonly #sessions = new Map<number, BmcSession>()
  readonly #limit: number
  readonly #nowMs: () => number

  constructor(limit: number, nowMs: () => number) {
    this.#limit = limit
    this.#nowMs = nowMs
  }

  get limit(): number {
    return this.#limit
  }

  /** All that hold a slot, half-open ones included. */
  get all(): BmcSession[] {
    return [...this.#sessions.values()]
  }

  get active(): BmcSession[] {
    return this.all.filter((session) => session.state === 'active')
  }

  find(id: number): BmcSession | undefined {
    return this.#sessions.get(id)
  }

  /** Takes a slot, or gives undefined when all are taken. */
  open(
    consoleSessionId: number,
    peer: Peer,
    suite: CipherSuite,
    openedPrivilege: number,
  ): BmcSession | undefined {
    if (this.#sessions.size >= this.#limit) return undefined
    let id = 0
    while (id === 0 || this.#sessions.has(id)) id = randomInt(1, 0x1_0000_0000)
    const session: BmcSession = {
      id,
      handle: this.#freeHandle(),
      consoleSessionId,
      peer,
      suite,
      openedPrivilege,
      state: 'opened',
      user: undefined,
      inputs: undefined,
      sik: Buffer.alloc(0),
      keys: undefined,
      maxPrivilege: 0,
      privilege: 0,
      sequence: 0,
      window: new ReplayWindow(windowReach),
      lastSeenMs: this.#nowMs(),
      isUsed: false,
      answered: new Map(),
      lastHandshake: undefined,
    }
    this.#sessions.set(id, session)
    return session
  }

  close(id: number): boolean {
    return this.#sessions.delete(id)
  }

  /** Frees what has been silent too long; gives the sessions that went. */
  expire(): BmcSession[] {
    const nowMs = this.#nowMs()
    const gone = this.all.filter((s) => nowMs - s.lastSeenMs > (s.state === 'active' ? idleMs : handshakeMs))
    for (const session of gone) this.#sessions.delete(session.id)
    return gone
  }

  clear(): void {
    this.#sessions.clear()
  }

  #freeHandle(): number {
    const taken = new Set(this.all.map((session) => session.handle))
    let handle = 1
    while (taken.has(handle)) handle += 1
    return handle
  }
}
