import {
  IpmiBusyError,
  IpmiClosedError,
  IpmiCommandError,
  type IpmiError,
  IpmiRefusedError,
  IpmiSessionLostError,
  IpmiTimeoutError,
} from '../errors.ts'
import type { ChannelCapabilities } from '../commands/channel.ts'
import { describeCompletionCode, type IpmiCommand } from '../commands/command.ts'
import { getDeviceId } from '../commands/device-id.ts'
import { closeSession, setSessionPrivilege } from '../commands/session-commands.ts'
import type { ExchangeTiming } from '../session/exchange.ts'
import { isPrivilegeEnough, type Privilege } from '../session/privilege.ts'
import { getChannelCapabilities } from '../commands/channel.ts'
import { type ActionResult, failedAction } from './action.ts'
import { Backoff } from './backoff.ts'
import { type Connected, Connector } from './connector.ts'
import { Listeners, type Subscription } from './disposable.ts'
import { type ClientConfig, type IpmiClientOptions, readOptions } from './options.ts'
import { plainRequest } from './plain-request.ts'
import { RequestQueue } from './request-queue.ts'
import { activateStream, type SolOptions } from './sol-activation.ts'
import { asPrivilegeError, ignoreCode } from './session-errors.ts'
import type { SolStream } from './sol-stream.ts'

/** What happens to the session; `lost` is followed by `opened` when somebody needs it again. */
export type ClientEvent =
  | { type: 'opened'; cipherSuite: number; maxPrivilege: Privilege }
  | { type: 'lost'; error: IpmiError }
  | { type: 'refused'; error: IpmiError; retryAtMs: number }
  | { type: 'closed' }

export interface RunOptions {
  signal?: AbortSignal
}

interface Live extends Connected {
  level: Privilege
  /** Commands without any answer, one after another. */
  timeouts: number
}

const lowerAfterMs = 2000
/** So many commands without an answer, and the next one begins on a new socket: ours may be bound to an address that is gone. */
const mostTimeouts = 2

/**
 * One BMC, one session, any number of users: commands queue up, one is in flight at a time. The session opens
 * with the first command, is kept alive, is opened again when the BMC has forgotten it, and is closed by `close`.
 */
export class IpmiClient implements AsyncDisposable {
  readonly #config: ClientConfig
  readonly #connector: Connector
  readonly #queue = new RequestQueue()
  readonly #events = new Listeners<ClientEvent>()
  readonly #closing = new AbortController()
  #live: Live | undefined
  #sol: SolStream | undefined
  readonly #backoff = new Backoff()
  #cancelKeepAlive = (): void => undefined
  #cancelLower = (): void => undefined

  /** @throws IpmiOptionError when an option cannot work */
  constructor(options: IpmiClientOptions) {
    this.#config = readOptions(options)
    this.#connector = new Connector(this.#config)
  }

  /** Number of the cipher suite in use, or undefined without a session. */
  get cipherSuite(): number | undefined {
    return this.#live?.session.active.keys.suite.id
  }

  /** What the BMC said of itself before the last login. */
  get capabilities(): ChannelCapabilities | undefined {
    return this.#connector.capabilities
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
        const live = await this.#prepare(command.privilege, signal)
        await this.#exchange(live, command, signal, () => {
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
    if (this.#sol?.isOpen) {
      return Promise.reject(
        new IpmiBusyError('activate SOL', 'sol', 'This client already has the console open'),
      )
    }
    return this.#enqueue(false, run.signal, async (signal) => {
      const live = await this.#prepare('operator', signal)
      const exchange = <T>(command: IpmiCommand<T>): Promise<T> => this.#exchange(live, command, signal)
      const deactivate = <T>(command: IpmiCommand<T>): Promise<T> => this.run(command)
      const channel = this.#connector.capabilities?.channel
      this.#sol = await activateStream(this.#config, live.session, options, { exchange, deactivate, channel })
      return this.#sol
    })
  }

  /** Opens the session now, to see whether address and credentials are right. */
  async connect(options: RunOptions = {}): Promise<void> {
    await this.#enqueue(false, options.signal, (signal) => this.#prepare('user', signal))
  }

  /** Ends the console and the session and refuses everything further. Resolves when the BMC was told. */
  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return
    this.#closing.abort(new IpmiClosedError('close', 'The client was closed'))
    this.#cancelKeepAlive()
    this.#cancelLower()
    this.#sol?.lose(new IpmiClosedError('close', 'The client was closed'))
    await this.#queue.run(async () => {
      const live = this.#live
      this.#live = undefined
      if (live) await this.#endSession(live)
    })
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
      return await this.#exchange(await this.#prepare(command.privilege, signal), command, signal)
    } catch (error) {
      if (!(error instanceof IpmiSessionLostError) || !command.isRepeatable) throw error
      return await this.#exchange(await this.#prepare(command.privilege, signal), command, signal)
    }
  }

  /** A session at the privilege needed. Raising it is itself an exchange, so an action never meets a forgotten session. */
  async #prepare(needed: Privilege, signal: AbortSignal): Promise<Live> {
    for (const isLast of [false, true]) {
      const live = this.#live ?? (await this.#open(signal))
      if (isPrivilegeEnough(live.level, needed)) return live
      if (!isPrivilegeEnough(live.maxPrivilege, needed)) {
        const why = `This needs privilege ${needed}, the session may have at most ${live.maxPrivilege}`
        throw new IpmiRefusedError('set session privilege', 'privilege', why)
      }
      try {
        await this.#exchange(live, setSessionPrivilege(needed), signal)
        live.level = needed
        this.#lowerLater(live)
        return live
      } catch (error) {
        if (!(error instanceof IpmiSessionLostError) || isLast) throw asPrivilegeError(error, needed)
      }
    }
    throw new IpmiSessionLostError('set session privilege', 'The BMC forgot two sessions in a row')
  }

  async #open(signal: AbortSignal): Promise<Live> {
    this.#backoff.check(this.#config.clock.nowMs())
    try {
      const connected = await this.#connector.connect(signal)
      this.#backoff.reset()
      const live: Live = { ...connected, level: 'user', timeouts: 0 }
      this.#live = live
      this.#keepAliveLater(live)
      await this.#closeStale(live, signal)
      const suite = live.session.active.keys.suite.id
      this.#events.emit({ type: 'opened', cipherSuite: suite, maxPrivilege: live.maxPrivilege })
      return live
    } catch (error) {
      if (error instanceof IpmiRefusedError) this.#backOff(error)
      throw error
    }
  }

  #backOff(error: IpmiError): void {
    const retryAtMs = this.#backoff.refused(error, this.#config.clock.nowMs())
    this.#events.emit({ type: 'refused', error, retryAtMs })
  }

  /** Closes what a crash left behind; BMCs allow it to administrators only, the others free it by their timeout. */
  async #closeStale(live: Live, signal: AbortSignal): Promise<void> {
    const { stale, session, maxPrivilege } = live
    if (stale.length === 0) return
    try {
      await this.#exchange(live, setSessionPrivilege(maxPrivilege), signal)
      live.level = maxPrivilege
      this.#lowerLater(live)
      for (const { bmcSessionId } of stale) {
        if (bmcSessionId !== undefined)
          await this.#exchange(live, closeSession(bmcSessionId), signal).catch(ignoreCode)
      }
    } catch (error) {
      ignoreCode(error)
    }
    const { consoleSessionId, bmcSessionId } = session.active
    await this.#config.journal?.save([{ consoleSessionId, bmcSessionId, isActive: true }])
  }

  async #exchange<T>(
    live: Live,
    command: IpmiCommand<T>,
    signal: AbortSignal,
    onSent?: () => void,
  ): Promise<T> {
    const isPower = command.isPower === true
    try {
      const response = await live.session.request(command, {
        timing: this.#timing(isPower),
        signal,
        ...(onSent ? { onSent } : {}),
        onSilence: (requestNumber) => this.#probe(live, requestNumber, isPower),
      })
      live.timeouts = 0
      if (response.completionCode !== 0) {
        const meaning = describeCompletionCode(response.completionCode, command.completionCodes)
        throw new IpmiCommandError(command.name, response.completionCode, meaning)
      }
      return command.decode(response.data)
    } catch (error) {
      if (error instanceof IpmiTimeoutError) live.timeouts += 1
      const isDead = error instanceof IpmiTimeoutError && live.timeouts >= mostTimeouts
      if (isDead || error instanceof IpmiSessionLostError) await this.#lose(live, error)
      throw error
    } finally {
      this.#keepAliveLater(live)
    }
  }

  #timing(isPower: boolean): ExchangeTiming {
    const { retransmitMs, powerRetransmitMs, commandTimeoutMs, quirks } = this.#config
    const maxAttempts = isPower && quirks.has('nopowerretransmit') ? 1 : 8
    return {
      retransmitMs: isPower ? powerRetransmitMs : retransmitMs,
      maxAttempts,
      deadlineMs: commandTimeoutMs,
    }
  }

  /** Silence on the session: if the BMC answers outside of it, it has forgotten us. A power command waits its time out. */
  #probe(live: Live, requestNumber: number, isPower: boolean): void {
    if (isPower) return
    const { clock, retransmitMs, commandTimeoutMs } = this.#config
    const timing = { retransmitMs, deadlineMs: commandTimeoutMs }
    const probe = plainRequest(
      live.session.link,
      clock,
      getChannelCapabilities(2),
      'channel authentication capabilities',
      timing,
    )
    probe.then(
      () => clock.after(retransmitMs * 2, () => live.session.declareLost(requestNumber)),
      // No answer to the probe either: the request's own timeout says so.
      () => undefined,
    )
  }

  async #lose(live: Live, error: IpmiError): Promise<void> {
    if (this.#live !== live) return
    this.#live = undefined
    this.#cancelKeepAlive()
    this.#cancelLower()
    this.#sol?.lose(error)
    this.#sol = undefined
    live.session.sendUnanswered(closeSession(live.session.active.bmcSessionId))
    live.session.stop()
    live.session.link.close()
    this.#events.emit({ type: 'lost', error })
    await this.#config.journal?.save([])
  }

  #keepAliveLater(live: Live): void {
    const { keepAliveMs, clock } = this.#config
    this.#cancelKeepAlive()
    if (keepAliveMs === 0 || this.#live !== live || this.#closing.signal.aborted) return
    this.#cancelKeepAlive = clock.after(keepAliveMs, () => {
      if (this.#live !== live || !this.#queue.isIdle) return
      // A failure shows up as the event 'lost' or with the next command.
      this.run(getDeviceId()).catch(() => undefined)
    })
  }

  /** Back to user privilege when nobody has acted for a while; a console keeps it raised. */
  #lowerLater(live: Live): void {
    this.#cancelLower()
    this.#cancelLower = this.#config.clock.after(lowerAfterMs, () => {
      if (this.#live !== live || live.level === 'user') return
      if (this.#sol?.isOpen || !this.#queue.isIdle) return this.#lowerLater(live)
      const lowered = this.#enqueue(false, undefined, async (signal) => {
        await this.#exchange(live, setSessionPrivilege('user'), signal)
        live.level = 'user'
      })
      // Staying at the higher level is no fault that anybody could act upon.
      lowered.catch(() => undefined)
    })
  }

  async #endSession(live: Live): Promise<void> {
    const { session } = live
    const { retransmitMs } = this.#config
    const timing = { retransmitMs, deadlineMs: retransmitMs * 2, maxAttempts: 2 }
    try {
      await session.request(closeSession(session.active.bmcSessionId), { timing })
      await this.#config.journal?.save([])
    } catch {
      // The BMC is away: it will time the session out, and the journal still names it.
    }
    session.stop()
    session.link.close()
  }
}
