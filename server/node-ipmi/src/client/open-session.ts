import { randomBytes, randomInt } from 'node:crypto'
import {
  type IpmiError,
  IpmiProtocolError,
  type IpmiStep,
  IpmiTimeoutError,
  IpmiUnreachableError,
} from '../errors.ts'
import {
  type HandshakeInit,
  type HandshakeResult,
  type HandshakeState,
  handshakeStep,
  startHandshake,
  stepHandshake,
} from '../session/handshake.ts'
import { type Privilege, privilegeLevel } from '../session/privilege.ts'
import type { CipherSuite } from '../wire/cipher-suite.ts'
import { encodeRakp3, rakpStatus } from '../wire/rakp.ts'
import { decodeSessionPacket, encodePlainPacket, payloadType } from '../wire/session-packet.ts'
import { whenAborted } from './abort.ts'
import type { ClientConfig } from './options.ts'
import type { SessionTicket } from './session-journal.ts'
import type { DatagramLink } from './udp-link.ts'
import { deferred } from './deferred.ts'

export type ActiveSession = Extract<HandshakeState, { name: 'active' }>

export interface HandshakeAttempt {
  suite: CipherSuite
  privilege: Privilege
  consoleSessionId: number
  deadlineMs: number
  /** The BMC has answered a question before the login. */
  hasAnswered: boolean
  /** Called before RAKP 1 and again before RAKP 3, with what has to be known of the session to end it. */
  onProgress: (ticket: SessionTicket) => Promise<void>
}

const timeoutHints: Partial<Record<IpmiStep, string>> = {
  'open session': 'Nothing speaks RMCP+ there, or a firewall drops UDP.',
  'RAKP 1':
    'The BMC stopped answering in the middle of the login; some do so when they do not know the user name.',
}

/** A session id for our side: random, not zero. */
export function newConsoleSessionId(): number {
  return randomInt(1, 0x1_0000_0000)
}

/**
 * Opens one session: Open Session and RAKP 1 to 4 with one cipher suite, each datagram repeated unchanged.
 * Given up, it tells the BMC so by an error RAKP 3, which frees the half-open session.
 * @throws the IpmiError that says which step failed and why, or the signal's reason
 */
export async function openSession(
  link: DatagramLink,
  config: ClientConfig,
  attempt: HandshakeAttempt,
  signal?: AbortSignal,
): Promise<ActiveSession> {
  const runner = new HandshakeRunner(link, config, attempt)
  const aborted = whenAborted(signal)
  try {
    return await Promise.race([runner.run(), aborted.promise])
  } catch (error) {
    runner.giveUp()
    throw error
  } finally {
    aborted.stop()
    runner.stop()
  }
}

/** Tells a BMC to drop a session that was never finished. */
export function sendErrorRakp3(link: DatagramLink, bmcSessionId: number): void {
  const message = { tag: 0xff, status: rakpStatus.invalidSessionId, bmcSessionId, authCode: Buffer.alloc(0) }
  link.send(encodePlainPacket(payloadType.rakp3, encodeRakp3(message)))
}

/** What would be needed to end the session as it stands; undefined while the BMC holds none. */
function ticketOf(state: HandshakeState): SessionTicket | undefined {
  if (state.name !== 'awaiting RAKP 2' && state.name !== 'awaiting RAKP 4') return undefined
  const { consoleSessionId, suite } = state.init
  const ticket = { consoleSessionId, bmcSessionId: state.bmcSessionId, isActive: false }
  if (state.name === 'awaiting RAKP 2') return ticket
  const { role, consoleRandom, bmcRandom } = state.inputs
  const randoms = { consoleRandom: consoleRandom.toString('hex'), bmcRandom: bmcRandom.toString('hex') }
  return { ...ticket, login: { suite: suite.id, role, ...randoms, sequence: 0 } }
}

class HandshakeRunner {
  readonly #link: DatagramLink
  readonly #config: ClientConfig
  readonly #attempt: HandshakeAttempt
  readonly #outcome = deferred<ActiveSession>()
  #state: HandshakeState
  #first: HandshakeResult
  #cancelTimer = (): void => undefined
  #datagram: Buffer | undefined
  #sent = 0
  #startedMs = 0
  #refusals = 0
  #malformed: string | undefined
  #isStopped = false
  #cleanUp: (() => void)[] = []

  constructor(link: DatagramLink, config: ClientConfig, attempt: HandshakeAttempt) {
    this.#link = link
    this.#config = config
    this.#attempt = attempt
    this.#first = startHandshake(this.#init())
    this.#state = this.#first.state
  }

  run(): Promise<ActiveSession> {
    this.#startedMs = this.#config.clock.nowMs()
    const datagrams = this.#link.onDatagram((bytes) => this.#onDatagram(bytes))
    const refusals = this.#link.onRefused((error) => this.#onRefused(error))
    this.#cleanUp = [() => datagrams.dispose(), () => refusals.dispose()]
    this.#apply(this.#first)
    return this.#outcome.promise
  }

  stop(): void {
    this.#isStopped = true
    this.#cancelTimer()
    for (const clean of this.#cleanUp) clean()
    this.#outcome.promise.catch(() => undefined)
  }

  /** Only after RAKP 2, as the specification has it: virtualbmc (pyghmi) ends when a RAKP 3 comes out of order. */
  giveUp(): void {
    if (this.#state.name === 'awaiting RAKP 4') sendErrorRakp3(this.#link, this.#state.bmcSessionId)
  }

  #init(): HandshakeInit {
    const { username, password, kg, quirks } = this.#config
    const { suite, privilege, consoleSessionId } = this.#attempt
    return {
      suite,
      username,
      password,
      kg,
      quirks,
      privilege: privilegeLevel[privilege],
      consoleSessionId,
      consoleRandom: randomBytes(16),
      tag: randomInt(0, 256),
    }
  }

  #onDatagram(bytes: Buffer): void {
    const packet = decodeSessionPacket(bytes)
    if (!packet.ok || packet.value.version !== '2.0' || packet.value.sessionId !== 0) return
    const before = this.#state
    const result = stepHandshake(before, packet.value.payloadType, packet.value.payload)
    this.#malformed = result.malformed ?? this.#malformed
    if (result.state !== before) this.#apply(result)
  }

  #apply(result: HandshakeResult): void {
    this.#state = result.state
    this.#cancelTimer()
    const datagram = result.send && encodePlainPacket(result.send.payloadType, result.send.payload)
    if (result.state.name === 'active') return this.#outcome.resolve(result.state)
    if (result.state.name === 'failed') {
      if (datagram) this.#link.send(datagram)
      return this.#outcome.reject(result.state.error)
    }
    this.#datagram = datagram
    this.#sent = 0
    this.#malformed = undefined
    const ticket = ticketOf(result.state)
    if (!ticket) return this.#transmit()
    this.#attempt.onProgress(ticket).then(
      () => this.#transmit(),
      (error: unknown) => this.#outcome.reject(error),
    )
  }

  #transmit(): void {
    if (this.#isStopped || !this.#datagram) return
    const { clock, retransmitMs } = this.#config
    const elapsedMs = clock.nowMs() - this.#startedMs
    const leftMs = this.#attempt.deadlineMs - elapsedMs
    // A refusal is a courtesy: two datagrams are enough.
    if (this.#state.name === 'refusing' && (this.#sent >= 2 || leftMs <= 0)) {
      return this.#outcome.reject(this.#state.error)
    }
    if (leftMs <= 0) return this.#outcome.reject(this.#timeout(elapsedMs))
    this.#link.send(this.#datagram)
    this.#sent += 1
    const wait = Math.min(retransmitMs * 1.5 ** (this.#sent - 1), leftMs)
    this.#cancelTimer = clock.after(wait, () => this.#transmit())
  }

  #timeout(elapsedMs: number): IpmiError {
    const step = handshakeStep(this.#state)
    if (this.#malformed !== undefined) return new IpmiProtocolError(step, this.#malformed)
    const { suite, hasAnswered } = this.#attempt
    const hint =
      step === 'open session' && hasAnswered
        ? `The BMC answered before, but says nothing to cipher suite ${suite.id}: it may not know it.`
        : (timeoutHints[step] ?? 'The BMC stopped answering in the middle of the login.')
    return new IpmiTimeoutError(step, this.#sent, Math.round(elapsedMs), hint)
  }

  /** One refusal may belong to an older datagram; the second one while we wait is ours. */
  #onRefused(error: Error): void {
    this.#refusals += 1
    if (this.#refusals < 2) return
    const { remoteAddress, remotePort } = this.#link
    const message = `Nothing listens at ${remoteAddress} port ${remotePort}: the network refused the datagrams`
    this.#outcome.reject(new IpmiUnreachableError(handshakeStep(this.#state), message, { cause: error }))
  }
}
