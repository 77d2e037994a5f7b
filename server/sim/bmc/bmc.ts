import { randomBytes } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { isIP } from 'node:net'
import { type QuirkName, quirkSet } from '../../node-ipmi/src/quirks.ts'
import { nextSessionSequence } from '../../node-ipmi/src/session/replay-window.ts'
import { decodeLanRequest, encodeLanResponse } from '../../node-ipmi/src/wire/lan-message.ts'
import {
  decodePresencePing,
  decodeRmcp,
  encodePresencePong,
  rmcpClass,
} from '../../node-ipmi/src/wire/rmcp.ts'
import { openPacket, sealPacket } from '../../node-ipmi/src/wire/sealed-packet.ts'
import {
  decodeSessionPacket,
  encodeLegacyPacket,
  encodePlainPacket,
  payloadType,
  type RmcpPlusPacket,
} from '../../node-ipmi/src/wire/session-packet.ts'
import { decodeSolPacket, encodeSolPacket } from '../../node-ipmi/src/wire/sol-packet.ts'
import { appCommands } from './commands/app.ts'
import { chassisCommands } from './commands/chassis.ts'
import { type CommandContext, type CommandTable } from './commands/command-table.ts'
import { payloadCommands } from './commands/payload.ts'
import { sensorCommands } from './commands/sensor.ts'
import { storageCommands } from './commands/storage.ts'
import type { BmcBoard } from './board.ts'
import { type BmcFaults, FaultyLine, noFaults, seededRandom } from './faults.ts'
import { Login } from './login.ts'
import { type BmcSession, type BmcUser, type Peer, SessionTable } from './sessions.ts'
import { BmcSolPort } from './sol-port.ts'
import { BmcState } from './state.ts'

export interface BmcOptions {
  board: BmcBoard
  /** Address to listen on. Default 127.0.0.1. */
  host?: string
  /** Default 0: a free one. */
  port?: number
  users?: readonly BmcUser[]
  /** Cipher suites it lets in. Default 3 and 17. */
  suites?: readonly number[]
  /** Says nothing to other suites, instead of refusing them. */
  ignoresOtherSuites?: boolean
  kg?: string | Buffer
  /** Default true. */
  hasSensors?: boolean
  /** Session slots. Default 5. */
  maxSessions?: number
  /** Departures from the specification; each is what the client's quirk of the same name gets along with. */
  deviations?: readonly QuirkName[]
  /** Carries a retransmitted request out again (the fault behind quirk `nopowerretransmit`). */
  repeatsRequests?: boolean
  /** Boot option parameters that it knows. Default 0, 3, 4, 5. */
  bootParameters?: readonly number[]
  /** Seed of everything random about faults. */
  seed?: number
  nowMs?: () => number
}

/** admin, oper and user, each with its own name as password. */
const defaultBmcUsers: readonly BmcUser[] = [
  { id: 2, name: 'admin', password: 'admin', privilege: 4 },
  { id: 3, name: 'oper', password: 'oper', privilege: 3 },
  { id: 4, name: 'user', password: 'user', privilege: 2 },
]

/** Starts a simulated BMC. Resolves when it listens. */
export async function startBmc(options: BmcOptions): Promise<SimBmc> {
  const host = options.host ?? '127.0.0.1'
  const socket = createSocket(isIP(host) === 6 ? 'udp6' : 'udp4')
  socket.bind(options.port ?? 0, host)
  await once(socket, 'listening')
  return new SimBmc(socket, options)
}

/** A BMC that speaks RMCP+ on a UDP socket and controls a simulated board. */
export class SimBmc {
  readonly host: string
  readonly port: number
  readonly state: BmcState
  readonly sessions: SessionTable
  readonly sol: BmcSolPort
  /** Change at any time. */
  faults: BmcFaults = { ...noFaults }
  /** First auxiliary byte of each Activate Payload: 0x80 encrypt, 0x40 sign, 0x02 CTS. */
  readonly solActivations: number[] = []
  /** Every request carried out, as "netFn command", newest last, at most 10 000. */
  readonly requests: string[] = []
  readonly #socket: Socket
  readonly #options: BmcOptions
  readonly #login: Login
  readonly #inbound: FaultyLine
  readonly #outbound: FaultyLine
  readonly #commands: CommandTable
  readonly #nowMs: () => number
  readonly #deviations: ReadonlySet<QuirkName>
  #isClosed = false

  constructor(socket: Socket, options: BmcOptions) {
    const bound = socket.address()
    this.host = bound.address
    this.port = bound.port
    this.#socket = socket
    this.#options = options
    this.#nowMs = options.nowMs ?? (() => performance.now())
    this.#deviations = quirkSet(options.deviations ?? [])
    const wallSeconds = (): number => Math.floor(Date.now() / 1000)
    this.state = new BmcState(options.board, randomBytes(16), wallSeconds, this.#nowMs)
    if (options.hasSensors === false) this.state.removeSensors()
    this.sessions = new SessionTable(options.maxSessions ?? 5, this.#nowMs)
    this.sol = new BmcSolPort(options.board.serial, (session, packet) => {
      this.#sendInSession(session, payloadType.sol, encodeSolPacket(packet))
    })
    this.#login = new Login(this.#loginConfig(), this.sessions, () => this.faults.lie)
    const random = seededRandom(options.seed ?? 1)
    this.#inbound = new FaultyLine(() => ({ ...this.faults, delayMs: 0 }), random)
    this.#outbound = new FaultyLine(() => this.faults, random)
    this.#commands = new Map([
      ...appCommands(),
      ...chassisCommands(),
      ...storageCommands(),
      ...sensorCommands(),
      ...payloadCommands(),
    ])
    socket.on('message', (datagram, peer) => this.#inbound.pass(() => this.#onDatagram(datagram, peer)))
    // A client that went away refuses our answers; a BMC does not care.
    socket.on('error', () => undefined)
  }

  /** Loses all sessions without a word, as a restart of the controller does. */
  forgetSessions(): void {
    for (const session of this.sessions.all) this.sol.drop(session)
    this.sessions.clear()
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.sol.close()
    this.#inbound.close()
    this.#outbound.close()
    const closed = once(this.#socket, 'close')
    this.#socket.close()
    await closed
  }

  #loginConfig() {
    const { users = defaultBmcUsers, suites = [3, 17], ignoresOtherSuites = false, kg } = this.#options
    const deviations = this.#deviations
    return {
      users,
      suites,
      ignoresOtherSuites,
      kg: kg === undefined ? undefined : Buffer.from(kg as string),
      guid: this.state.guid,
      deviations,
    }
  }

  #onDatagram(datagram: Buffer, peer: Peer): void {
    if (this.#isClosed) return
    for (const session of this.sessions.expire()) this.sol.drop(session)
    const rmcp = decodeRmcp(datagram)
    if (!rmcp.ok) return
    if (rmcp.value.class === rmcpClass.asf) {
      const ping = decodePresencePing(datagram)
      if (ping.ok) this.#send(encodePresencePong(ping.value.tag), peer)
      return
    }
    const packet = decodeSessionPacket(datagram)
    if (!packet.ok) return
    if (packet.value.version === '1.5') this.#onLegacy(packet.value.message, packet.value.sessionId, peer)
    else if (packet.value.sessionId === 0) this.#onPlain(packet.value, peer)
    else this.#onSessionPacket(packet.value, peer)
  }

  #onLegacy(message: Buffer, sessionId: number, peer: Peer): void {
    if (sessionId !== 0) return
    const answer = this.#execute(message, undefined)
    if (answer) this.#send(encodeLegacyPacket(answer), peer)
  }

  #onPlain(packet: RmcpPlusPacket, peer: Peer): void {
    if (packet.payloadType === payloadType.ipmi) {
      const message = this.#execute(packet.payload, undefined)
      if (message) this.#send(encodePlainPacket(payloadType.ipmi, message), peer)
      return
    }
    const answer = this.#login.handle(packet.payloadType, packet.payload, peer)
    if (answer) this.#send(encodePlainPacket(answer.payloadType, answer.payload), peer)
  }

  #onSessionPacket(packet: RmcpPlusPacket, peer: Peer): void {
    const session = this.sessions.find(packet.sessionId)
    if (!session?.keys || session.state !== 'active') return
    const payload = openPacket(session.keys, packet)
    if (!payload.ok || !session.window.accept(packet.sequence)) return
    session.lastSeenMs = this.#nowMs()
    session.isUsed = true
    session.peer = peer
    if (packet.payloadType === payloadType.sol) {
      const sol = decodeSolPacket(payload.value)
      if (sol.ok) this.sol.receive(session, sol.value)
      return
    }
    if (packet.payloadType !== payloadType.ipmi) return
    const answer = this.#execute(payload.value, session)
    const isLost = this.faults.losesPowerAnswers && isChassisControl(payload.value)
    if (answer && !isLost) this.#sendInSession(session, payloadType.ipmi, answer)
    this.#closePending()
  }

  readonly #toClose = new Set<number>()

  #closePending(): void {
    for (const id of this.#toClose) {
      const session = this.sessions.find(id)
      if (session) this.sol.drop(session)
      this.sessions.close(id)
    }
    this.#toClose.clear()
  }

  /** Carries a request out, or repeats the answer to one that was retransmitted. */
  #execute(message: Buffer, session: BmcSession | undefined): Buffer | undefined {
    const request = decodeLanRequest(message)
    if (!request.ok) return undefined
    const key = message.toString('latin1')
    const repeated = session?.answered.get(key)
    if (repeated && !this.#options.repeatsRequests) return repeated
    const { netFn, command, rqSeq, data } = request.value
    const { code, data: answerData } = this.#answer(netFn, command, data, session)
    const answer = encodeLanResponse({ netFn, command, rqSeq, completionCode: code, data: answerData })
    if (this.#deviations.has('nochecksumcheck')) answer[answer.length - 1] = (answer.at(-1) ?? 0) ^ 0xff
    if (session) remember(session.answered, key, answer)
    return answer
  }

  #answer(netFn: number, command: number, data: Buffer, session: BmcSession | undefined) {
    const name = `${netFn.toString(16)} ${command.toString(16)}`
    this.#note(name)
    if (this.faults.busyWith.includes(name)) return { code: 0xc0, data: new Uint8Array(0) }
    if (netFn === 0x06 && command === 0x48) this.solActivations.push(data[2] ?? 0)
    const handler = this.#commands.get((netFn << 8) | command)
    if (!handler) return { code: 0xc1, data: new Uint8Array(0) }
    if ((session?.privilege ?? 0) < handler.privilege) return { code: 0xd4, data: new Uint8Array(0) }
    return handler.handle(data, this.#context(session))
  }

  #context(session: BmcSession | undefined): CommandContext {
    const { suites = [3, 17], kg, bootParameters = [0, 3, 4, 5] } = this.#options
    return {
      state: this.state,
      sessions: this.sessions,
      sol: this.sol,
      session,
      suites,
      hasKg: kg !== undefined,
      port: this.port,
      deviations: this.#deviations,
      bootParameters,
      closeAfterwards: (id) => void this.#toClose.add(id),
    }
  }

  #note(request: string): void {
    this.requests.push(request)
    if (this.requests.length > 10_000) this.requests.splice(0, 5000)
  }

  #sendInSession(session: BmcSession, type: number, payload: Buffer): void {
    if (!session.keys) return
    session.sequence = nextSessionSequence(session.sequence)
    const datagram = sealPacket(session.keys, {
      payloadType: type,
      sessionId: session.consoleSessionId,
      sequence: session.sequence,
      payload,
      iv: randomBytes(16),
      padWithoutTrailer: this.#deviations.has('icts'),
    })
    this.#send(datagram, session.peer)
  }

  #send(datagram: Buffer, peer: Peer): void {
    this.#outbound.pass(() => {
      if (!this.#isClosed) this.#socket.send(datagram, peer.port, peer.address)
    })
  }
}

function isChassisControl(message: Buffer): boolean {
  const request = decodeLanRequest(message)
  return request.ok && request.value.netFn === 0 && request.value.command === 2
}

/** A request sequence has six bits: what is half of them old is no retransmission any more. */
function remember(answered: Map<string, Buffer>, key: string, answer: Buffer): void {
  answered.set(key, answer)
  const oldest = answered.keys().next()
  if (answered.size > 32 && !oldest.done) answered.delete(oldest.value)
}
