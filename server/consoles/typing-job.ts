import type { KeyStroke } from './layouts/key-stroke.ts'
import { strokeEvents, type KeyEvent } from './text-plan.ts'
import type { Timers } from './timers.ts'

/**
 * A USB host asks a keyboard for a report every 8–10 ms at worst. Slower than that, the KVM's own queue stays short,
 * so that cancelling stops what the machine sees and not only what we send.
 */
const msPerKeyEvent = 10
const progressEveryMs = 250

export type TypingEnd = 'done' | 'cancelled' | 'interrupted'
export type TypingProgress = { state: 'typing' | TypingEnd; sent: number; total: number }

export type TypingRun = {
  strokes: readonly KeyStroke[]
  /** Read before each stroke: the person at the machine may press Caps Lock. */
  isCapsLockOn(): boolean
  /** False: the event could not be put on the control socket. */
  send(event: KeyEvent): boolean
  report(progress: TypingProgress): void
  /** Called once, after the last report. */
  onEnd(end: TypingEnd): void
}

/**
 * Types strokes one after another at a pace the machine can follow. A stroke is put on the wire in one go, so between
 * strokes every key is up and stopping is immediate.
 */
export class TypingJob {
  readonly #run: TypingRun
  readonly #timers: Timers
  #sent = 0
  #reportedAt: number
  #cancelTimer: (() => void) | null = null
  #hasEnded = false

  constructor(run: TypingRun, timers: Timers) {
    this.#run = run
    this.#timers = timers
    this.#reportedAt = timers.count()
  }

  start(): void {
    this.#run.report(this.#progress('typing'))
    this.#step()
  }

  /** Ends it now; nothing is held and nothing more is sent. Harmless after the end. */
  stop(end: 'cancelled' | 'interrupted'): void {
    this.#end(end)
  }

  #step(): void {
    const stroke = this.#run.strokes[this.#sent]
    if (stroke === undefined) return this.#end('done')
    const events = strokeEvents(stroke, this.#run.isCapsLockOn())
    if (!events.every((event) => this.#run.send(event))) return this.#end('interrupted')
    // Sending may have ended it: losing the link is found out on the way.
    if (this.#hasEnded) return
    this.#sent += 1
    this.#reportNowAndThen()
    this.#cancelTimer = this.#timers.after(events.length * msPerKeyEvent, () => this.#step())
  }

  #reportNowAndThen(): void {
    if (this.#timers.count() - this.#reportedAt < progressEveryMs) return
    this.#reportedAt = this.#timers.count()
    this.#run.report(this.#progress('typing'))
  }

  #end(end: TypingEnd): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    this.#cancelTimer?.()
    this.#run.report(this.#progress(end))
    this.#run.onEnd(end)
  }

  #progress(state: TypingProgress['state']): TypingProgress {
    return { state, sent: this.#sent, total: this.#run.strokes.length }
  }
}
