import {
  IpmiCommandError,
  type IpmiError,
  IpmiRefusedError,
  IpmiTamperedError,
  IpmiTimeoutError,
  IpmiUnsupportedError,
} from '../errors.ts'
import { type ChannelCapabilities, getChannelCapabilities } from '../commands/channel.ts'
import { type Privilege, privilegeLevel } from '../session/privilege.ts'
import type { CipherSuite } from '../wire/cipher-suite.ts'
import { whenAborted } from './abort.ts'
import { newConsoleSessionId, openSession, sendErrorRakp3 } from './open-session.ts'
import type { ClientConfig } from './options.ts'
import { plainRequest } from './plain-request.ts'
import { Session } from './session.ts'
import type { SessionTicket } from './session-journal.ts'
import { type DatagramLink, resolveHost } from './udp-link.ts'

export interface Connected {
  session: Session
  /** Privilege the session may be raised to. */
  maxPrivilege: Privilege
  /** Sessions of an earlier run of this program, still to be closed. */
  stale: SessionTicket[]
}

/** Opens sessions to one BMC: chooses the suite, falls back to less privilege, keeps the journal. */
export class Connector {
  readonly #config: ClientConfig
  #suite: CipherSuite | undefined
  #stale: SessionTicket[] | undefined
  #capabilities: ChannelCapabilities | undefined

  constructor(config: ClientConfig) {
    this.#config = config
  }

  /** What the BMC said of itself before login; undefined when it was not asked (quirk authcap). */
  get capabilities(): ChannelCapabilities | undefined {
    return this.#capabilities
  }

  async connect(signal: AbortSignal | undefined): Promise<Connected> {
    const aborted = whenAborted(signal)
    const address = await Promise.race([resolveHost(this.#config.host), aborted.promise])
    aborted.stop()
    const link = await this.#config.openLink(address, this.#config.port)
    try {
      return await this.#connectOver(link, signal)
    } catch (error) {
      link.close()
      throw error
    }
  }

  async #connectOver(link: DatagramLink, signal: AbortSignal | undefined): Promise<Connected> {
    const { clock, connectTimeoutMs, maxPrivilege } = this.#config
    const deadlineMs = clock.nowMs() + connectTimeoutMs
    await this.#discover(link, deadlineMs, signal)
    const stale = await this.#dropHalfOpen(link)
    try {
      return await this.#openWith(link, maxPrivilege, stale, deadlineMs, signal)
    } catch (error) {
      const isPrivilege = error instanceof IpmiRefusedError && error.reason === 'privilege'
      if (!isPrivilege || maxPrivilege === 'user') throw error
      return await this.#openWith(link, 'user', stale, deadlineMs, signal)
    }
  }

  /** Asked once: a BMC that says it has no IPMI 2.0 is refused here, with a better reason than silence. */
  async #discover(link: DatagramLink, deadlineMs: number, signal: AbortSignal | undefined): Promise<void> {
    const { quirks, clock, retransmitMs, maxPrivilege } = this.#config
    if (quirks.has('authcap') || this.#capabilities) return
    const command = getChannelCapabilities(privilegeLevel[maxPrivilege])
    const timing = { retransmitMs, deadlineMs: deadlineMs - clock.nowMs() }
    const step = 'channel authentication capabilities'
    try {
      this.#capabilities = await plainRequest(link, clock, command, step, timing, signal)
    } catch (error) {
      // Some BMCs answer this question with an error, and Open Session all the same.
      if (!(error instanceof IpmiCommandError)) throw error
      return
    }
    if (!this.#capabilities.supportsIpmi20) {
      this.#capabilities = undefined
      throw new IpmiUnsupportedError(
        step,
        'The BMC says that it speaks only IPMI 1.5 (if it does not, use quirk authcap)',
      )
    }
  }

  /** Half-open ones end by an error RAKP 3. Whether one had become active meanwhile is unknown: it is closed later too. */
  async #dropHalfOpen(link: DatagramLink): Promise<SessionTicket[]> {
    this.#stale ??= [...((await this.#config.journal?.load()) ?? [])]
    const known = this.#stale.filter((ticket) => ticket.bmcSessionId !== undefined)
    for (const { isActive, bmcSessionId } of known) {
      if (!isActive && bmcSessionId !== undefined) sendErrorRakp3(link, bmcSessionId)
    }
    return known
  }

  /** Once a suite has worked, no other is taken from this BMC, so that nobody can talk us down later. */
  async #openWith(
    link: DatagramLink,
    privilege: Privilege,
    stale: SessionTicket[],
    deadlineMs: number,
    signal: AbortSignal | undefined,
  ): Promise<Connected> {
    const suites = this.#suite ? [this.#suite] : this.#config.suites
    let first: IpmiError | undefined
    for (const suite of suites) {
      try {
        return await this.#openOnce(link, suite, privilege, stale, deadlineMs, signal)
      } catch (error) {
        const tryNext = error instanceof IpmiUnsupportedError || error instanceof IpmiTamperedError
        if (!tryNext) throw error
        first ??= error
      }
    }
    throw first ?? new IpmiUnsupportedError('open session', 'No cipher suite to offer')
  }

  /** A login that stalls in its middle is begun anew while time remains: the BMC may have dropped its half. */
  async #openOnce(
    link: DatagramLink,
    suite: CipherSuite,
    privilege: Privilege,
    stale: SessionTicket[],
    deadlineMs: number,
    signal: AbortSignal | undefined,
  ): Promise<Connected> {
    const { clock, connectTimeoutMs } = this.#config
    let stalled: IpmiTimeoutError | undefined
    for (;;) {
      const leftMs = deadlineMs - clock.nowMs()
      const limitMs = Math.min(leftMs, connectTimeoutMs / 2)
      try {
        return await this.#handshake(link, suite, privilege, stale, limitMs, signal)
      } catch (error) {
        if (!(error instanceof IpmiTimeoutError)) throw error
        // The step that was reached first tells more than the one at which time ran out.
        if (error.step !== 'open session') stalled ??= error
        if (!stalled || clock.nowMs() >= deadlineMs) throw stalled ?? error
      }
    }
  }

  async #handshake(
    link: DatagramLink,
    suite: CipherSuite,
    privilege: Privilege,
    stale: SessionTicket[],
    deadlineMs: number,
    signal: AbortSignal | undefined,
  ): Promise<Connected> {
    const { journal } = this.#config
    const consoleSessionId = newConsoleSessionId()
    const save = async (ticket: SessionTicket): Promise<void> => journal?.save([...stale, ticket])
    const onBmcSessionId = (bmcSessionId: number): Promise<void> =>
      save({ consoleSessionId, bmcSessionId, isActive: false })
    const attempt = { suite, privilege, consoleSessionId, deadlineMs, onBmcSessionId }
    const active = await openSession(link, this.#config, attempt, signal)
    await save({ consoleSessionId, bmcSessionId: active.bmcSessionId, isActive: true })
    this.#suite = suite
    this.#stale = []
    return { session: new Session(link, this.#config, active), maxPrivilege: privilege, stale }
  }
}
