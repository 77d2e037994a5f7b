import { IpmiClosedError, IpmiSessionLostError, IpmiTimeoutError } from '../errors.ts'
import {
  abandonExchange,
  answerExchange,
  beginExchange,
  type ExchangeEffect,
  type ExchangeRequest,
  type ExchangeResult,
  type ExchangeState,
  type ExchangeTiming,
  idleExchange,
  tickExchange,
} from '../session/exchange.ts'
import { nextSessionSequence, ReplayWindow } from '../session/replay-window.ts'
import { decodeLanResponse, encodeLanRequest, type LanResponse } from '../wire/lan-message.ts'
import { openPacket, sealPacket } from '../wire/sealed-packet.ts'
import { decodeSessionPacket, payloadType } from '../wire/session-packet.ts'
import { decodeSolPacket, encodeSolPacket, type SolPacket } from '../wire/sol-packet.ts'
import { Listeners, type Subscription } from './disposable.ts'
import { IvSource } from './iv-source.ts'
import type { ActiveSession } from './open-session.ts'
import type { ClientConfig } from './options.ts'
import { sequenceNoteEvery } from './session-journal.ts'
import type { DatagramLink } from './udp-link.ts'
import { deferred } from './deferred.ts'

export interface RequestOptions {
  timing: ExchangeTiming
  signal?: AbortSignal | undefined
  /** Called once, when the first datagram has been handed to the network. */
  onSent?: () => void
  /** Called when three datagrams went unanswered: is the BMC there, but has it forgotten us? */
  onSilence?: (requestNumber: number) => void
}

interface Waiting {
  options: RequestOptions
  resolve: (response: LanResponse) => void
  reject: (error: unknown) => void
  unhook: () => void
}

const silentAttempts = 3

/** An established session: signs, encrypts, numbers and matches packets; timers drive the exchange machine. */
export class Session {
  readonly active: ActiveSession
  readonly link: DatagramLink
  readonly #config: ClientConfig
  readonly #window = new ReplayWindow()
  readonly #sol = new Listeners<SolPacket>()
  readonly #ivs = new IvSource()
  readonly #subscriptions: Subscription[]
  readonly #onSequence: (sequence: number) => void
  #solLink: DatagramLink | undefined
  #sequence = 0
  #exchange: ExchangeState = idleExchange
  #waiting: Waiting | undefined
  #cancelTimer = (): void => undefined
  #isStopped = false
  #requestNumber = 0
  /** When a packet last went out, by the client's clock. */
  lastSentMs = 0

  /** `onSequence` hears now and then how far the sequence numbers of this session are. */
  constructor(
    link: DatagramLink,
    config: ClientConfig,
    active: ActiveSession,
    onSequence: (sequence: number) => void,
  ) {
    this.link = link
    this.#config = config
    this.#onSequence = onSequence
    this.active = active
    this.#subscriptions = [link.onDatagram((bytes) => this.#onDatagram(bytes))]
  }

  get isStopped(): boolean {
    return this.#isStopped
  }

  /**
   * One request and its answer; the caller sees to it that only one is under way.
   * @throws IpmiTimeoutError, IpmiSessionLostError when declared lost meanwhile, or the signal's reason
   */
  request(request: ExchangeRequest, options: RequestOptions): Promise<LanResponse> {
    if (this.#isStopped) return Promise.reject(new IpmiClosedError('command', 'The session is closed'))
    if (options.signal?.aborted) return Promise.reject(options.signal.reason)
    if (this.#exchange.name !== 'idle') throw new Error('a second request while one is in flight')
    this.#requestNumber += 1
    const { promise, resolve, reject } = deferred<LanResponse>()
    const { signal } = options
    const onAbort = (): void => this.#abandon(signal?.reason)
    signal?.addEventListener('abort', onAbort, { once: true })
    const unhook = (): void => signal?.removeEventListener('abort', onAbort)
    this.#waiting = { options, resolve, reject, unhook }
    this.#run(beginExchange(this.#exchange, request, options.timing, this.#config.clock.nowMs()))
    options.onSent?.()
    return promise
  }

  /** Sends one request without waiting for anything: a farewell. */
  sendUnanswered(request: ExchangeRequest): void {
    this.#sendRequest(0x3f, request)
  }

  onSol(listener: (packet: SolPacket) => void): Subscription {
    return this.#sol.add(listener)
  }

  sendSol(packet: SolPacket): void {
    this.#send(payloadType.sol, encodeSolPacket(packet), this.#solLink ?? this.link)
  }

  /** SOL packets travel over another port from now on. */
  useSolLink(link: DatagramLink): void {
    this.#solLink?.close()
    this.#solLink = link
    this.#subscriptions.push(link.onDatagram((bytes) => this.#onDatagram(bytes)))
  }

  /** The BMC does not know this session any more: fails the request of that number, if it still waits. */
  declareLost(requestNumber: number): void {
    if (requestNumber !== this.#requestNumber || !this.#waiting) return
    const why = 'The BMC answers, but no longer knows our session (it was restarted or timed out)'
    this.#abandon(new IpmiSessionLostError('command', why))
  }

  /** Ends timers and subscriptions; nothing is sent. */
  stop(): void {
    if (this.#isStopped) return
    this.#isStopped = true
    this.#abandon(new IpmiClosedError('command', 'The session was closed while a command was under way'))
    for (const subscription of this.#subscriptions) subscription.dispose()
    this.#solLink?.close()
    this.#sol.clear()
  }

  #onDatagram(bytes: Buffer): void {
    const packet = decodeSessionPacket(bytes)
    if (!packet.ok || packet.value.version !== '2.0') return
    if (packet.value.sessionId !== this.active.consoleSessionId) return
    const payload = openPacket(this.active.keys, packet.value)
    if (!payload.ok || !this.#window.accept(packet.value.sequence)) return
    if (packet.value.payloadType === payloadType.ipmi) this.#onMessage(payload.value)
    else if (packet.value.payloadType === payloadType.sol) this.#onSolPayload(payload.value)
  }

  #onMessage(message: Buffer): void {
    const response = decodeLanResponse(message, !this.#config.quirks.has('nochecksumcheck'))
    if (response.ok) this.#run(answerExchange(this.#exchange, response.value))
  }

  #onSolPayload(payload: Buffer): void {
    const packet = decodeSolPacket(payload)
    if (packet.ok) this.#sol.emit(packet.value)
  }

  #run({ state, effects }: ExchangeResult): void {
    const isNew = state !== this.#exchange
    this.#exchange = state
    if (isNew) this.#arm()
    for (const effect of effects) this.#perform(effect)
  }

  #perform(effect: ExchangeEffect): void {
    if (effect.type === 'send') {
      this.#sendRequest(effect.rqSeq, effect.request)
      if (effect.attempt === silentAttempts) this.#waiting?.options.onSilence?.(this.#requestNumber)
      return
    }
    const waiting = this.#settle()
    if (effect.type === 'answered') waiting?.resolve(effect.response)
    else {
      const hint = 'The BMC is not reachable, or busy.'
      waiting?.reject(new IpmiTimeoutError('command', effect.attempts, Math.round(effect.elapsedMs), hint))
    }
  }

  #arm(): void {
    this.#cancelTimer()
    this.#cancelTimer = (): void => undefined
    if (this.#exchange.name !== 'waiting') return
    const { clock } = this.#config
    const wait = Math.max(0, this.#exchange.wakeMs - clock.nowMs())
    this.#cancelTimer = clock.after(wait, () => this.#onTimer())
  }

  #onTimer(): void {
    const before = this.#exchange
    this.#run(tickExchange(this.#exchange, this.#config.clock.nowMs()))
    // A timer may fire a fraction of a millisecond early.
    if (this.#exchange === before) this.#arm()
  }

  #abandon(error: unknown): void {
    this.#exchange = abandonExchange(this.#exchange)
    this.#cancelTimer()
    this.#settle()?.reject(error)
  }

  #settle(): Waiting | undefined {
    const waiting = this.#waiting
    this.#waiting = undefined
    waiting?.unhook()
    return waiting
  }

  #sendRequest(rqSeq: number, request: ExchangeRequest): void {
    this.#send(payloadType.ipmi, encodeLanRequest({ ...request, rqSeq }), this.link)
  }

  #send(type: number, payload: Buffer, link: DatagramLink): void {
    if (this.#isStopped) return
    this.#sequence = nextSessionSequence(this.#sequence)
    if (this.#sequence % sequenceNoteEvery === 0) this.#onSequence(this.#sequence)
    this.lastSentMs = this.#config.clock.nowMs()
    const datagram = sealPacket(this.active.keys, {
      payloadType: type,
      sessionId: this.active.bmcSessionId,
      sequence: this.#sequence,
      payload,
      iv: this.#ivs.next(),
      padWithoutTrailer: this.#config.quirks.has('icts'),
    })
    link.send(datagram)
  }
}
