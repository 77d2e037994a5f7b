import { IpmiBusyError, IpmiClosedError, IpmiSessionLostError } from '../errors.ts'
import type { ChannelCapabilities } from '../commands/channel.ts'
import type { IpmiCommand } from '../commands/command.ts'
import { type ActionResult, failedAction } from './action.ts'
import { Listeners, type Subscription } from './disposable.ts'
import { HeldSession, type SessionEvent } from './held-session.ts'
import { type ClientConfig, type IpmiClientOptions, readOptions } from './options.ts'
import { RequestQueue } from './request-queue.ts'
import { activateStream, type SolOptions } from './sol-activation.ts'
import type { SolStream } from './sol-stream.ts'

/** What happens to the session, and the end of the client. */
export type ClientEvent = SessionEvent | { type: 'closed' }

export interface RunOptions {
  signal?: AbortSignal
}

/**
 * One BMC, one session, any number of users: commands queue up, one is in flight at a time. The session opens
 * with the first command, is kept alive, is opened again when the BMC has forgotten it, and is closed by `close`.
 */
export class IpmiClient implements AsyncDisposable {
  readonly #config: ClientConfig
  readonly #queue = new RequestQueue()
  readonly #events = new Listeners<ClientEvent>()
  readonly #closing = new AbortController()
  readonly #held: HeldSession

  /** @throws IpmiOptionError when an option cannot work */
  constructor(options: IpmiClientOptions) {
    this.#config = readOptions(options)
    this.#held = new HeldSession({
      config: this.#config,
      emit: (event) => this.#events.emit(event),
      isIdle: () => this.#queue.isIdle,
      // A failure shows up as the event 'lost' or with the next command.
      inTurn: (job) => void this.#enqueue(false, undefined, job).catch(() => undefined),
    })
  }

  /** Number of the cipher suite in use, or undefined without a session. */
  get cipherSuite(): number | undefined {
    return this.#held.live?.session.active.keys.suite.id
  }

  /** What the BMC said of itself before the last login. */
  get capabilities(): ChannelCapabilities | undefined {
    return this.#held.capabilities
  }

  onEvent(listener: (event: ClientEvent) => void): Subscription {
    return this.#events.add(listener)
  }

  /**
   * Sends a command and reads its answer. A repeatable command is asked once more on a new session when the
   * BMC had forgotten the old one.
   * @throws IpmiError with the step and the reason, or the signal's reason
   */
  run<T>(command: IpmiCommand<T>, options: RunOptions = {}): Promise<T> {
    return this.#enqueue(false, options.signal, (signal) => this.#runRecovering(command, signal))
  }

  /**
   * Sends a command that changes something, before all that wait, and never twice: says whether it may have
   * happened. Never rejects for trouble with the device.
   */
  async act(command: IpmiCommand<unknown>, options: RunOptions = {}): Promise<ActionResult> {
    let wasSent = false
    const { clock } = this.#config
    try {
      await this.#enqueue(true, options.signal, async (signal) => {
        const live = await this.#held.prepare(command.privilege, signal, { isTested: true })
        await this.#held.exchange(live, command, signal, () => {
          wasSent = true
        })
      })
      return { outcome: 'acknowledged', atMs: clock.nowMs() }
    } catch (error) {
      return failedAction(error, wasSent, clock.nowMs())
    }
  }

  /**
   * Opens the serial console.
   * @throws IpmiBusyError (`what: 'sol'`) when somebody else has it and `takeOver` is not set
   */
  openSol(options: SolOptions = {}, run: RunOptions = {}): Promise<SolStream> {
    if (this.#held.sol?.isOpen) {
      return Promise.reject(
        new IpmiBusyError('activate SOL', 'sol', 'This client already has the console open'),
      )
    }
    return this.#enqueue(false, run.signal, async (signal) => {
      const live = await this.#held.prepare('operator', signal)
      const exchange = <T>(command: IpmiCommand<T>): Promise<T> => this.#held.exchange(live, command, signal)
      const later = (job: (ask: typeof exchange) => Promise<void>): Promise<void> =>
        this.#enqueue(false, undefined, async (turn) => {
          if (this.#held.live !== live || (await this.#held.prepare('operator', turn)) !== live) return
          await job((command) => this.#held.exchange(live, command, turn))
        })
      const channel = this.#held.capabilities?.channel
      this.#held.sol = await activateStream(this.#config, live.session, options, {
        exchange,
        later,
        channel,
      })
      return this.#held.sol
    })
  }

  /** Opens the session now, to see whether address and credentials are right. */
  async connect(options: RunOptions = {}): Promise<void> {
    await this.#enqueue(false, options.signal, (signal) => this.#held.prepare('user', signal))
  }

  /** Ends the console and the session and refuses everything further. Resolves when the BMC was told. */
  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return
    const why = new IpmiClosedError('close', 'The client was closed')
    this.#closing.abort(why)
    this.#held.retire(why)
    await this.#queue.run(() => this.#held.end())
    this.#events.emit({ type: 'closed' })
    this.#events.clear()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #enqueue<T>(
    isUrgent: boolean,
    outer: AbortSignal | undefined,
    job: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const signal = outer ? AbortSignal.any([outer, this.#closing.signal]) : this.#closing.signal
    if (signal.aborted) return Promise.reject(signal.reason)
    return this.#queue.run(() => job(signal), { isUrgent, signal })
  }

  async #runRecovering<T>(command: IpmiCommand<T>, signal: AbortSignal): Promise<T> {
    try {
      return await this.#held.exchange(await this.#held.prepare(command.privilege, signal), command, signal)
    } catch (error) {
      if (!(error instanceof IpmiSessionLostError) || !command.isRepeatable) throw error
      return await this.#held.exchange(await this.#held.prepare(command.privilege, signal), command, signal)
    }
  }
}
