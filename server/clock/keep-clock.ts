import type { DriverLog } from '../drivers/driver.ts'
import type { AuditBook } from '../domain.ts'
import type { Store } from '../store/store.ts'
import { later } from '../store/together.ts'
import { earliestNow, type ServerClock } from './server-clock.ts'

const lookEveryMs = 1000
const noteEveryMs = 10 * 60_000
/** What clocks drift and time servers mend in passing. */
const driftMs = 2000
/** From here on the clock was wrong, not late. */
const jumpMs = 2 * 60_000
/** A server that seems to have been off for longer has had its clock set meanwhile. */
const longestPauseMs = 30 * 24 * 3600_000
/** History is removed by its age; after a jump nobody knows yet which of the two times was right. */
const settledAfterMs = 24 * 3600_000
const yearMs = 365 * 24 * 3600_000

export type ClockParts = {
  clock: ServerClock
  store: Pick<Store, 'clock' | 'together'>
  audit: Pick<AuditBook, 'line'>
  log: DriverLog
}

/**
 * Keeps the server's clock with the system's, which a machine without a battery starts at 1970 or at the time of its last
 * end. When that is set by minutes or years, all times that are compared with now (sessions, guest links, delays after
 * wrong passwords, permissions) move along in the same transaction, with a line in the record: nobody is signed out,
 * and nobody is kept out. What happened in between counts as no time; the record keeps the times that it was told.
 */
export class ClockKeeper {
  readonly #parts: ClockParts
  readonly #listeners = new Set<() => void>()
  #isBusy: () => boolean = () => false
  #timer: NodeJS.Timeout | null = null
  #steppedAt: number | null = null
  #isDoubtful = false
  #notedAt = -Infinity
  #isStepping = false

  constructor(parts: ClockParts) {
    this.#parts = parts
  }

  /** Compares with the time of the last run, before anything asks for sessions. */
  async start(): Promise<void> {
    const { clock, store } = this.#parts
    const lastAt = await store.clock.read()
    if (lastAt !== null) {
      const pauseMs = clock.now() - lastAt
      // The clock is the system's already: only what is stored moves.
      this.#isDoubtful = pauseMs < -jumpMs || pauseMs > longestPauseMs
      if (this.#isDoubtful) await this.#move(pauseMs, lastAt, true)
    }
    await this.#note()
    this.#timer = setInterval(() => void this.#look(), lookEveryMs).unref()
  }

  /** While this is true the clock is not put right: what is being measured would be measured wrong. */
  waitWhile(isBusy: () => boolean): void {
    this.#isBusy = isBusy
  }

  /** It was set while no server ran, and not since: a machine without a battery may have its old time again. */
  get isDoubtful(): boolean {
    return this.#isDoubtful && !this.isSettled
  }

  /** Nobody set the clock for a day: its time may decide what is old. */
  get isSettled(): boolean {
    return this.#steppedAt === null || performance.now() - this.#steppedAt >= settledAfterMs
  }

  onStep(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async close(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer)
    await this.#note()
  }

  async #look(): Promise<void> {
    const { clock } = this.#parts
    const behindMs = clock.behindMs
    if (Math.abs(behindMs) >= driftMs && !this.#isStepping && !this.#isBusy()) await this.#step(behindMs)
    else if (performance.now() - this.#notedAt >= noteEveryMs) await this.#note()
  }

  async #step(byMs: number): Promise<void> {
    const { clock } = this.#parts
    this.#isStepping = true
    const before = clock.now()
    clock.step(byMs)
    // Years ahead from a time that was possible: more likely a mistake than a correction.
    this.#isDoubtful = byMs > yearMs && before >= earliestNow
    try {
      // The store takes one after another: what was asked before now has the old time, what comes after has the new one.
      if (Math.abs(byMs) >= jumpMs) await this.#move(byMs, before)
      for (const listener of this.#listeners) listener()
    } catch (error) {
      clock.step(-byMs)
      this.#parts.log.warn({ err: error, byMs }, 'the clock could not be put right; it will be tried again')
    } finally {
      this.#isStepping = false
    }
  }

  /** What is compared with now moves by this much; durable with its line in the record. */
  async #move(byMs: number, from: number, whileOff = false): Promise<void> {
    const { store, audit, log } = this.#parts
    const to = from + byMs
    this.#steppedAt = performance.now()
    log.warn({ from, to, byMs }, 'the system’s clock was set; times were moved along')
    await store.together([
      later('clock', 'move', byMs),
      later('clock', 'note', to),
      audit.line(null, 'clock.set', { detail: { from, to, byMs, whileOff } }),
    ])
  }

  /** Never rejects: on a full disk the last note stands. */
  async #note(): Promise<void> {
    this.#notedAt = performance.now()
    await this.#parts.store.clock.note(this.#parts.clock.now()).catch((error: unknown) => {
      this.#parts.log.warn({ err: error }, 'the time could not be noted')
    })
  }
}
