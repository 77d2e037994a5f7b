import {
  IpmiCommandError,
  type IpmiError,
  IpmiRefusedError,
  IpmiSessionLostError,
  IpmiTimeoutError,
} from '../errors.ts'
import { type ChannelCapabilities, getChannelCapabilities } from '../commands/channel.ts'
import { describeCompletionCode, type IpmiCommand } from '../commands/command.ts'
import { getDeviceId } from '../commands/device-id.ts'
import { closeSession, setSessionPrivilege } from '../commands/session-commands.ts'
import type { ExchangeTiming } from '../session/exchange.ts'
import { isPrivilegeEnough, type Privilege } from '../session/privilege.ts'
import { Backoff } from './backoff.ts'
import { type Connected, Connector } from './connector.ts'
import { LeftSessions } from './left-sessions.ts'
import type { ClientConfig } from './options.ts'
import { plainRequest } from './plain-request.ts'
import { asPrivilegeError, ignoreCode } from './session-errors.ts'
import { SessionUpkeep } from './session-upkeep.ts'
import type { SolStream } from './sol-stream.ts'

/** What happens to the session; `lost` is followed by `opened` when somebody needs it again. */
export type SessionEvent =
  | { type: 'opened'; cipherSuite: number; maxPrivilege: Privilege }
  | { type: 'lost'; error: IpmiError }
  | { type: 'refused'; error: IpmiError; retryAtMs: number }

/** The session while it is open. */
export interface Live extends Connected {
  level: Privilege
  /** Commands without any answer, one after another. */
  timeouts: number
}

interface HolderParts {
  config: ClientConfig
  emit(event: SessionEvent): void
  /** Nothing is under way. */
  isIdle(): boolean
  /** Does a small thing of our own when its turn comes; its failure shows with the next command. */
  inTurn(job: (signal: AbortSignal) => Promise<unknown>): void
}

/** So many commands without an answer, and the next one begins on a new socket: ours may be bound to an address that is gone. */
const mostTimeouts = 2

/**
 * The one session of a client: opened when it is needed, raised only to act, kept alive, and opened anew when the BMC
 * forgot it. Its user sees to it that one thing is asked at a time.
 */
export class HeldSession {
  readonly #parts: HolderParts
  readonly #config: ClientConfig
  readonly #left: LeftSessions
  readonly #connector: Connector
  readonly #backoff = new Backoff()
  readonly #upkeep: SessionUpkeep
  #live: Live | undefined
  #isOver = false
  /** The console that runs in it; ends with it. */
  sol: SolStream | undefined

  constructor(parts: HolderParts) {
    this.#parts = parts
    this.#config = parts.config
    this.#left = new LeftSessions(parts.config)
    this.#connector = new Connector(parts.config, this.#left)
    this.#upkeep = new SessionUpkeep({
      clock: parts.config.clock,
      keepAliveMs: parts.config.keepAliveMs,
      keepAlive: () => this.#keepAlive(),
      lower: () => this.#lower(),
    })
  }

  get live(): Live | undefined {
    return this.#live
  }

  /** What the BMC said of itself before the last login. */
  get capabilities(): ChannelCapabilities | undefined {
    return this.#connector.capabilities
  }

  /**
   * A session at the privilege needed. `isTested`: also where it has that privilege already (a console keeps it) it is
   * set once more, so that an action does not meet a session that the BMC forgot.
   */
  async prepare(needed: Privilege, signal: AbortSignal, { isTested = false } = {}): Promise<Live> {
    for (const isLast of [false, true]) {
      const live = this.#live ?? (await this.#open(signal))
      if (isPrivilegeEnough(live.level, needed) && !isTested) return live
      if (!isPrivilegeEnough(live.maxPrivilege, needed)) {
        const why = `This needs privilege ${needed}, the session may have at most ${live.maxPrivilege}`
        throw new IpmiRefusedError('set session privilege', 'privilege', why)
      }
      try {
        await this.exchange(live, setSessionPrivilege(needed), signal)
        live.level = needed
        this.#upkeep.raised()
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
      this.#upkeep.used()
      await this.#closeLeft(live, signal)
      const suite = live.session.active.keys.suite.id
      this.#parts.emit({ type: 'opened', cipherSuite: suite, maxPrivilege: live.maxPrivilege })
      return live
    } catch (error) {
      if (error instanceof IpmiRefusedError) this.#backOff(error)
      throw error
    }
  }

  #backOff(error: IpmiError): void {
    const retryAtMs = this.#backoff.refused(error, this.#config.clock.nowMs())
    this.#parts.emit({ type: 'refused', error, retryAtMs })
  }

  /** What did not answer to its own name: an administrator may close it by number, for others the BMC's timeout does. */
  async #closeLeft(live: Live, signal: AbortSignal): Promise<void> {
    const left = this.#left.unconfirmed
    if (left.length === 0) return
    if (live.maxPrivilege === 'administrator') await this.#closeByNumber(live, left, signal)
    this.#left.forgetLeft()
    await live.note()
  }

  async #closeByNumber(
    live: Live,
    left: readonly { bmcSessionId: number }[],
    signal: AbortSignal,
  ): Promise<void> {
    try {
      await this.exchange(live, setSessionPrivilege('administrator'), signal)
      live.level = 'administrator'
      this.#upkeep.raised()
      for (const { bmcSessionId } of left)
        await this.exchange(live, closeSession(bmcSessionId), signal).catch(ignoreCode)
    } catch (error) {
      ignoreCode(error)
    }
  }

  /** Sends one command in the session and decodes its answer. @throws IpmiError, or the signal's reason */
  async exchange<T>(
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
      if (this.#live === live && !this.#isOver) this.#upkeep.used()
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
    const { clock, retransmitMs, commandTimeoutMs, quirks } = this.#config
    const options = { retransmitMs, deadlineMs: commandTimeoutMs, quirks }
    const probe = plainRequest(
      live.session.link,
      clock,
      getChannelCapabilities(2),
      'channel authentication capabilities',
      options,
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
    this.#upkeep.stop()
    this.sol?.lose(error)
    this.sol = undefined
    live.session.sendUnanswered(closeSession(live.session.active.bmcSessionId))
    live.session.stop()
    live.session.link.close()
    this.#parts.emit({ type: 'lost', error })
    await this.#left.clear()
  }

  #keepAlive(): void {
    const live = this.#live
    if (!live || !this.#parts.isIdle()) return
    this.#parts.inTurn((signal) => this.exchange(live, getDeviceId(), signal))
  }

  /** Back to user privilege when nobody has acted for a while; a console keeps it raised. */
  #lower(): boolean {
    const live = this.#live
    if (!live || live.level === 'user') return true
    if (this.sol?.isOpen || !this.#parts.isIdle()) return false
    this.#parts.inTurn(async (signal) => {
      await this.exchange(live, setSessionPrivilege('user'), signal)
      live.level = 'user'
    })
    return true
  }

  /** Nothing is kept alive from now on, and the console ends; the session itself ends with `end`. */
  retire(why: IpmiError): void {
    this.#isOver = true
    this.#upkeep.stop()
    this.sol?.lose(why)
  }

  /** Tells the BMC that the session is over. Never rejects. */
  async end(): Promise<void> {
    const live = this.#live
    this.#live = undefined
    if (!live) return
    const { session } = live
    const { retransmitMs } = this.#config
    const timing = { retransmitMs, deadlineMs: retransmitMs * 2, maxAttempts: 2 }
    try {
      await session.request(closeSession(session.active.bmcSessionId), { timing })
      await this.#left.clear()
    } catch {
      // The BMC is away: it will time the session out, and the journal still names it.
    }
    session.stop()
    session.link.close()
  }
}
