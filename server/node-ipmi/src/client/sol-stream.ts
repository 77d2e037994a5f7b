import { IpmiClosedError, type IpmiError, IpmiSessionLostError } from '../errors.ts'
import {
  initialSol,
  type SolConfig,
  type SolEffect,
  type SolInput,
  solWakeMs,
  stepSol,
} from '../session/sol-machine.ts'
import type { Clock } from './clock.ts'
import { Listeners, type Subscription } from './disposable.ts'
import type { Session } from './session.ts'
import { deferred } from './deferred.ts'

/** Why a console ended: `error` is undefined when its owner closed it. */
export interface SolEnd {
  reason: 'closed' | 'deactivated by the BMC' | 'not acknowledged' | 'session lost'
  error: IpmiError | undefined
}

interface PendingWrite {
  left: number
  resolve: () => void
  reject: (error: IpmiError) => void
}

/** Frees the console; never rejects. `isOurs: false`: somebody may have taken it over without our hearing of it. */
export type Deactivate = (known: { isOurs: boolean }) => Promise<void>

const earlyLimitBytes = 65_536

/** The serial console of a machine as a stream of bytes, both ways. */
export class SolStream implements AsyncDisposable {
  /** Most characters that one packet carries to the BMC. */
  readonly maxChars: number
  /** Settles when the stream has ended, whoever ended it; never rejects. */
  readonly ended: Promise<SolEnd>
  readonly #session: Session
  readonly #clock: Clock
  readonly #config: SolConfig
  readonly #deactivate: Deactivate
  readonly #subscription: Subscription
  readonly #data = new Listeners<Buffer>()
  readonly #breaks = new Listeners<void>()
  readonly #overruns = new Listeners<void>()
  readonly #writes: PendingWrite[] = []
  readonly #end = deferred<SolEnd>()
  #early: Buffer[] = []
  #earlyBytes = 0
  #state = initialSol
  #cancelTimer = (): void => undefined
  #isEnded = false

  constructor(session: Session, clock: Clock, config: SolConfig, deactivate: Deactivate) {
    this.#session = session
    this.#clock = clock
    this.#config = config
    this.#deactivate = deactivate
    this.maxChars = config.maxChars
    this.ended = this.#end.promise
    this.#subscription = session.onSol((packet) => this.#step({ type: 'packet', packet }))
  }

  get isOpen(): boolean {
    return !this.#isEnded
  }

  /** Bytes from the machine. What came before the first listener (up to 64 KiB) is given to it at once. */
  onData(listener: (data: Buffer) => void): Subscription {
    const subscription = this.#data.add(listener)
    const early = this.#early
    this.#early = []
    this.#earlyBytes = 0
    for (const chunk of early) listener(chunk)
    return subscription
  }

  /** The machine sent a break. */
  onBreak(listener: () => void): Subscription {
    return this.#breaks.add(listener)
  }

  /** The BMC had to drop characters of the machine. */
  onOverrun(listener: () => void): Subscription {
    return this.#overruns.add(listener)
  }

  /**
   * Types bytes into the console; resolves when the BMC has taken all of them.
   * @throws IpmiClosedError or IpmiSessionLostError when the stream ends before that
   */
  write(bytes: Uint8Array): Promise<void> {
    if (this.#isEnded) return Promise.reject(new IpmiClosedError('SOL', 'The console is closed'))
    if (bytes.length === 0) return Promise.resolve()
    const { promise, resolve, reject } = deferred<void>()
    this.#writes.push({ left: bytes.length, resolve, reject })
    this.#step({ type: 'write', data: Buffer.from(bytes) })
    return promise
  }

  /** Sends a serial break, in order with what was written. */
  sendBreak(): void {
    this.#step({ type: 'break' })
  }

  /** Asks the BMC to hold the machine's output back (CTS); what is on its way still arrives. */
  pause(): void {
    this.#step({ type: 'pause' })
  }

  resume(): void {
    this.#step({ type: 'resume' })
  }

  /** Deactivates SOL. Harmless when already ended. */
  async close(): Promise<void> {
    if (this.#isEnded) return
    this.#finish({ reason: 'closed', error: undefined })
    await this.#deactivate({ isOurs: true })
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** Ends the stream because its session is gone. */
  lose(error: IpmiError): void {
    this.#finish({ reason: 'session lost', error })
  }

  #step(input: SolInput): void {
    if (this.#isEnded) return
    const { state, effects } = stepSol(this.#config, this.#state, input, this.#clock.nowMs())
    this.#state = state
    this.#arm()
    for (const effect of effects) this.#perform(effect)
  }

  #arm(): void {
    this.#cancelTimer()
    const wakeMs = solWakeMs(this.#state)
    if (wakeMs === undefined) return
    const wait = Math.max(1, wakeMs - this.#clock.nowMs())
    this.#cancelTimer = this.#clock.after(wait, () => this.#step({ type: 'tick' }))
  }

  #perform(effect: SolEffect): void {
    switch (effect.type) {
      case 'send':
        return this.#session.sendSol(effect.packet)
      case 'received':
        return this.#deliver(effect.data)
      case 'accepted':
        return this.#onAccepted(effect.count)
      case 'break detected':
        return this.#breaks.emit()
      case 'overrun':
        return this.#overruns.emit()
      case 'closed': {
        const why =
          effect.reason === 'not acknowledged'
            ? 'The BMC stopped acknowledging what was typed'
            : 'The BMC ended the console, for example because somebody else took it over'
        this.#finish({ reason: effect.reason, error: new IpmiSessionLostError('SOL', why) })
        // For the BMC the console goes on: the next one would find it taken.
        if (effect.reason === 'not acknowledged') void this.#deactivate({ isOurs: false })
      }
    }
  }

  #deliver(data: Buffer): void {
    if (this.#data.size > 0) return this.#data.emit(data)
    if (this.#earlyBytes + data.length > earlyLimitBytes) return
    this.#early.push(Buffer.from(data))
    this.#earlyBytes += data.length
  }

  #onAccepted(count: number): void {
    let left = count
    while (left > 0) {
      const write = this.#writes[0]
      if (!write) return
      const taken = Math.min(left, write.left)
      left -= taken
      write.left -= taken
      if (write.left > 0) return
      this.#writes.shift()
      write.resolve()
    }
  }

  #finish(end: SolEnd): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#cancelTimer()
    this.#subscription.dispose()
    const error =
      end.error ?? new IpmiClosedError('SOL', 'The console was closed before everything was taken')
    for (const write of this.#writes.splice(0)) write.reject(error)
    this.#end.resolve(end)
  }
}
