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
import type { LeftSessions } from './left-sessions.ts'
import { newConsoleSessionId, openSession } from './open-session.ts'
import type { ClientConfig } from './options.ts'
import { plainRequest } from './plain-request.ts'
import { Session } from './session.ts'
import type { SessionTicket } from './session-journal.ts'
import { type DatagramLink, resolveHost } from './udp-link.ts'

export interface Connected {
  session: Session
  /** Privilege the session may be raised to. */
  maxPrivilege: Privilege
  /** Writes this session down in the journal. */
  note(): Promise<void>
}

/** Opens sessions to one BMC: chooses the suite, falls back to less privilege, notes each in the journal. */
export class Connector {
  readonly #config: ClientConfig
  readonly #left: LeftSessions
  #suite: CipherSuite | undefined
  #capabilities: ChannelCapabilities | undefined

  constructor(config: ClientConfig, left: LeftSessions) {
    this.#config = config
    this.#left = left
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
    await this.#left.close(link)
    signal?.throwIfAborted()
    try {
      return await this.#openWith(link, maxPrivilege, deadlineMs, signal)
    } catch (error) {
      const isPrivilege = error instanceof IpmiRefusedError && error.reason === 'privilege'
      if (!isPrivilege || maxPrivilege === 'user') throw error
      return await this.#openWith(link, 'user', deadlineMs, signal)
    }
  }

  /** Asked once: a BMC that says it has no IPMI 2.0 is refused here, with a better reason than silence. */
  async #discover(link: DatagramLink, deadlineMs: number, signal: AbortSignal | undefined): Promise<void> {
    const { quirks, clock, retransmitMs, maxPrivilege } = this.#config
    if (quirks.has('authcap') || this.#capabilities) return
    const command = getChannelCapabilities(privilegeLevel[maxPrivilege])
    const options = { retransmitMs, deadlineMs: deadlineMs - clock.nowMs(), quirks }
    const step = 'channel authentication capabilities'
    try {
      this.#capabilities = await plainRequest(link, clock, command, step, options, signal)
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

  /** Once a suite has worked, no other is taken from this BMC, so that nobody can talk us down later. */
  async #openWith(
    link: DatagramLink,
    privilege: Privilege,
    deadlineMs: number,
    signal: AbortSignal | undefined,
  ): Promise<Connected> {
    const suites = this.#suite ? [this.#suite] : this.#config.suites
    let first: IpmiError | undefined
    for (const [index, suite] of suites.entries()) {
      const nowMs = this.#config.clock.nowMs()
      const openByMs = nowMs + (deadlineMs - nowMs) / (suites.length - index)
      try {
        return await this.#openOnce(link, suite, privilege, { openByMs, deadlineMs }, signal)
      } catch (error) {
        if (!isAboutSuite(error)) throw error
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
    { openByMs, deadlineMs }: { openByMs: number; deadlineMs: number },
    signal: AbortSignal | undefined,
  ): Promise<Connected> {
    const { clock, connectTimeoutMs } = this.#config
    let stalled: IpmiTimeoutError | undefined
    for (;;) {
      const leftMs = (stalled ? deadlineMs : openByMs) - clock.nowMs()
      const limitMs = Math.min(leftMs, connectTimeoutMs / 2)
      try {
        return await this.#handshake(link, suite, privilege, limitMs, signal)
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
    deadlineMs: number,
    signal: AbortSignal | undefined,
  ): Promise<Connected> {
    const consoleSessionId = newConsoleSessionId()
    let ticket: SessionTicket = { consoleSessionId, isActive: false }
    const onProgress = (newest: SessionTicket): Promise<void> => {
      ticket = newest
      return this.#left.note(ticket)
    }
    const hasAnswered = this.#capabilities !== undefined
    const attempt = { suite, privilege, consoleSessionId, deadlineMs, hasAnswered, onProgress }
    const active = await openSession(link, this.#config, attempt, signal)
    let own: SessionTicket = { ...ticket, isActive: true }
    const note = (): Promise<void> => this.#left.note(own)
    await note()
    this.#suite = suite
    const onSequence = (sequence: number): void => {
      if (own.login) own = { ...own, login: { ...own.login, sequence } }
      void note()
    }
    return { session: new Session(link, this.#config, active, onSequence), maxPrivilege: privilege, note }
  }
}

/** May another suite do better? Some BMCs say nothing at all to one that they do not know. */
function isAboutSuite(error: unknown): error is IpmiError {
  const isSilence = error instanceof IpmiTimeoutError && error.step === 'open session'
  return isSilence || error instanceof IpmiUnsupportedError || error instanceof IpmiTamperedError
}
