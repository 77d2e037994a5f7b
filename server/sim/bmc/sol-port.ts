import { type SolPacket, solOperation, solStatus } from '../../node-ipmi/src/wire/sol-packet.ts'
import type { BoardSerial } from './board.ts'
import type { BmcSession } from './sessions.ts'

const mostChars = 250
const bufferBytes = 1_048_576
const retryMs = 100
const mostAttempts = 30
const none = Buffer.alloc(0)

interface InFlight {
  sequence: number
  data: Buffer
  attempts: number
}

/** The BMC's end of SOL: one session owns it; output waits for acknowledgements, input may be taken in part. */
export class BmcSolPort {
  readonly #serial: BoardSerial
  readonly #send: (session: BmcSession, packet: SolPacket) => void
  readonly #detach: () => void
  #owner: BmcSession | undefined
  #pending: Buffer[] = []
  #pendingBytes = 0
  #inFlight: InFlight | undefined
  #sequence = 0
  #lastInput: { sequence: number; accepted: number } | undefined
  #isHeld = false
  #hasOverrun = false
  #timer: NodeJS.Timeout | undefined
  /** Refuses typed characters with a NACK while set. */
  isRefusing = false
  /** Takes no notice of what is typed, and acknowledges nothing. */
  isDeaf = false

  constructor(serial: BoardSerial, send: (session: BmcSession, packet: SolPacket) => void) {
    this.#serial = serial
    this.#send = send
    this.#detach = serial.onOutput((bytes) => this.#onOutput(bytes))
  }

  get owner(): BmcSession | undefined {
    return this.#owner
  }

  activate(session: BmcSession): void {
    this.#reset()
    this.#owner = session
  }

  /** Tells the owner and frees the port. */
  deactivate(): void {
    const owner = this.#owner
    if (owner) this.#emit(owner, { flags: solStatus.deactivating })
    this.#reset()
  }

  /** Without a word: the session is gone. */
  drop(session: BmcSession): void {
    if (this.#owner === session) this.#reset()
  }

  close(): void {
    this.#reset()
    this.#detach()
  }

  /** A SOL packet from the console. */
  receive(session: BmcSession, packet: SolPacket): void {
    if (session !== this.#owner || this.isDeaf) return
    this.#isHeld = (packet.flags & solOperation.ctsPause) !== 0
    this.#takeAck(packet)
    if (packet.sequence !== 0) this.#takeInput(session, packet)
    else this.#pump()
  }

  /** Says that characters are welcome again after a time of refusing. */
  announceReady(): void {
    this.isRefusing = false
    if (this.#owner) this.#emit(this.#owner, {})
  }

  #takeAck(packet: SolPacket): void {
    const flight = this.#inFlight
    if (!flight || packet.ackSequence !== flight.sequence) return
    clearTimeout(this.#timer)
    this.#inFlight = undefined
    const rest = flight.data.subarray(packet.acceptedCount)
    if (rest.length === 0) return
    this.#pending.unshift(rest)
    this.#pendingBytes += rest.length
  }

  #takeInput(session: BmcSession, packet: SolPacket): void {
    const isRepeat = this.#lastInput?.sequence === packet.sequence
    if (!isRepeat) {
      if ((packet.flags & solOperation.generateBreak) !== 0 && !this.isRefusing) this.#serial.sendBreak()
      const accepted = this.isRefusing || packet.data.length === 0 ? 0 : this.#serial.input(packet.data)
      this.#lastInput = { sequence: packet.sequence, accepted }
    }
    const accepted = this.#lastInput?.accepted ?? 0
    const flags = this.isRefusing ? solStatus.nack | solStatus.transferUnavailable : 0
    const ack = { ackSequence: packet.sequence, acceptedCount: accepted, flags }
    if (!this.#pump(ack)) this.#emit(session, ack)
  }

  #onOutput(bytes: Buffer): void {
    if (!this.#owner) return
    if (this.#pendingBytes + bytes.length > bufferBytes) {
      this.#hasOverrun = true
      return
    }
    this.#pending.push(bytes)
    this.#pendingBytes += bytes.length
    // What is printed in one go travels together.
    if (this.#pending.length === 1) setImmediate(() => this.#pump())
  }

  /** Sends the next characters when nothing is in flight; true when `ack` went along with them. */
  #pump(ack: Partial<SolPacket> = {}): boolean {
    const owner = this.#owner
    if (!owner || this.#inFlight || this.#isHeld || this.#pendingBytes === 0) return false
    this.#sequence = this.#sequence === 15 ? 1 : this.#sequence + 1
    this.#inFlight = { sequence: this.#sequence, data: this.#take(), attempts: 0 }
    this.#transmit(owner, ack)
    return true
  }

  #transmit(owner: BmcSession, ack: Partial<SolPacket> = {}): void {
    const flight = this.#inFlight
    if (!flight || this.#owner !== owner) return
    flight.attempts += 1
    if (flight.attempts > mostAttempts) {
      // As the specification has it: after the last retry the characters are lost.
      this.#inFlight = undefined
      this.#hasOverrun = true
      this.#pump()
      return
    }
    const overrun = this.#hasOverrun ? solStatus.transmitOverrun : 0
    this.#hasOverrun = false
    this.#emit(owner, {
      ...ack,
      sequence: flight.sequence,
      data: flight.data,
      flags: (ack.flags ?? 0) | overrun,
    })
    this.#timer = setTimeout(() => this.#transmit(owner), retryMs)
  }

  #take(): Buffer {
    const all = this.#pending.length === 1 ? this.#pending[0]! : Buffer.concat(this.#pending)
    const data = all.subarray(0, mostChars)
    const rest = all.subarray(data.length)
    this.#pending = rest.length > 0 ? [rest] : []
    this.#pendingBytes = rest.length
    return data
  }

  #emit(session: BmcSession, packet: Partial<SolPacket>): void {
    this.#send(session, { sequence: 0, ackSequence: 0, acceptedCount: 0, flags: 0, data: none, ...packet })
  }

  #reset(): void {
    clearTimeout(this.#timer)
    this.#owner = undefined
    this.#pending = []
    this.#pendingBytes = 0
    this.#inFlight = undefined
    this.#sequence = 0
    this.#lastInput = undefined
    this.#isHeld = false
    this.#hasOverrun = false
  }
}
