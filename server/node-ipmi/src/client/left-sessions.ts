import { farewell, isFarewellAnswer, pastKeys } from '../session/farewell.ts'
import { deferred } from './deferred.ts'
import { IvSource } from './iv-source.ts'
import { sendErrorRakp3 } from './open-session.ts'
import type { ClientConfig } from './options.ts'
import { sequenceReach, type SessionTicket } from './session-journal.ts'
import type { DatagramLink } from './udp-link.ts'

/** BMCs take numbers at most so far above the last one that they saw; 8 is the narrowest window known. */
const sequenceStep = 8
/** A BMC's network buffer holds few datagrams. */
const paceMs = 4
/** Older ones have been freed by the BMC's own timeout. */
const mostLeft = 4

type Known = SessionTicket & { bmcSessionId: number }

/**
 * The sessions that an earlier run of this program left in the BMC, and the journal in which this run notes its own.
 * They are closed before the login, each in its own name: that takes no more rights than the session had, and frees
 * the slot that the login may need.
 */
export class LeftSessions {
  readonly #config: ClientConfig
  readonly #ivs = new IvSource()
  #left: Known[] | undefined
  #writing: Promise<void> = Promise.resolve()

  constructor(config: ClientConfig) {
    this.#config = config
  }

  /** Those that did not confirm their end. */
  get unconfirmed(): readonly Known[] {
    return this.#left ?? []
  }

  /** Closes what can be closed without a login. Never rejects. */
  async close(link: DatagramLink): Promise<void> {
    this.#left ??= await this.#load()
    const kept: Known[] = []
    for (const ticket of this.#left) {
      if (!ticket.isActive) sendErrorRakp3(link, ticket.bmcSessionId)
      if (!(await this.#sayFarewell(link, ticket))) kept.push(ticket)
    }
    this.#left = kept
  }

  /** Writes down what this run holds, beside what is still to be closed. Resolves when it is kept, or could not be. */
  note(own: SessionTicket): Promise<void> {
    return this.#write([...this.unconfirmed, own])
  }

  /** Nothing of an earlier run is to be closed any more. */
  forgetLeft(): void {
    this.#left = []
  }

  /** This run holds no session any more. */
  clear(): Promise<void> {
    return this.#write([...this.unconfirmed])
  }

  async #load(): Promise<Known[]> {
    try {
      const tickets = (await this.#config.journal?.load()) ?? []
      return tickets.filter((ticket) => ticket.bmcSessionId !== undefined).slice(-mostLeft) as Known[]
    } catch {
      // Without the journal the BMC frees them by its own timeout; that is no reason not to log in.
      return []
    }
  }

  /** One write after another, so that the newest is what stays. */
  #write(tickets: SessionTicket[]): Promise<void> {
    const { journal } = this.#config
    if (!journal) return Promise.resolve()
    // A session that cannot be noted is better than none; the journal's owner hears of it there.
    this.#writing = this.#writing.then(() => journal.save(tickets)).catch(() => undefined)
    return this.#writing
  }

  /** Tries sequence numbers upwards until the BMC takes one and answers. @returns whether it did */
  async #sayFarewell(link: DatagramLink, ticket: Known): Promise<boolean> {
    const { login } = ticket
    const { clock, quirks, retransmitMs } = this.#config
    if (!login) return false
    const randoms = {
      consoleRandom: Buffer.from(login.consoleRandom, 'hex'),
      bmcRandom: Buffer.from(login.bmcRandom, 'hex'),
    }
    const keys = pastKeys({ ...login, ...randoms }, this.#config)
    if (!keys) return false
    const answered = deferred<boolean>()
    using _subscription = link.onDatagram((bytes) => {
      if (isFarewellAnswer(keys, ticket, bytes)) answered.resolve(true)
    })
    /** Waits a moment for the answer. */
    const isOverWithin = (ms: number): Promise<boolean> => {
      const { promise, resolve } = deferred<boolean>()
      const cancel = clock.after(ms, () => resolve(false))
      return Promise.race([promise, answered.promise]).finally(cancel)
    }
    for (let ahead = 1; ahead <= sequenceReach; ahead += sequenceStep) {
      const sequence = (login.sequence + ahead) >>> 0 || 1
      link.send(farewell(keys, ticket, sequence, this.#ivs.next(), quirks.has('icts')))
      if (await isOverWithin(paceMs)) return true
    }
    return await isOverWithin(retransmitMs)
  }
}
