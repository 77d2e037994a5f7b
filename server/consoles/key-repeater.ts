import type { InputDesk } from './input-desk.ts'
import type { Timers } from './timers.ts'

/** Often enough for a firmware that listens for a second or two. */
const everyMs = 300
/** It also leaves what it opened: a firmware's setup is left by Escape. */
const escapeEveryMs = 1_000
/** A stroke every so often, so that several keys take turns; each is down shorter than this. */
const slotMs = 100
const holdMs = 80

type RepeaterParts = {
  desk: InputDesk
  timers: Timers
  /** A key went down, on the wire. */
  onPress(): void
}

/**
 * Presses keys again and again until it is stopped: each goes down every 300 ms (Escape every second), and up again
 * before the next. A stroke that cannot go out is made as soon as it can: the link may be lost and come back.
 */
export class KeyRepeater {
  readonly #parts: RepeaterParts
  readonly #dueAt: Map<string, number>
  #cancelSlot: (() => void) | null = null
  #endStroke: (() => void) | null = null
  #isStopped = false

  constructor(keys: readonly string[], parts: RepeaterParts) {
    this.#parts = parts
    this.#dueAt = new Map(keys.map((key) => [key, 0]))
  }

  start(): void {
    this.#slot()
  }

  /** At once, with every key up. */
  stop(): void {
    this.#isStopped = true
    this.#cancelSlot?.()
    this.#endStroke?.()
  }

  #slot(): void {
    if (this.#isStopped) return
    const { timers } = this.#parts
    const now = timers.count()
    const due = [...this.#dueAt].filter(([, at]) => at <= now).toSorted(bySlackness)[0]?.[0]
    if (due !== undefined && this.#stroke(due)) this.#dueAt.set(due, now + periodOf(due))
    this.#cancelSlot = timers.after(slotMs, () => this.#slot())
  }

  /** False: the key did not go down. */
  #stroke(code: string): boolean {
    let isDown = false
    this.#parts.desk.alone((send, end) => {
      const finish = (): void => {
        cancelTimer()
        this.#endStroke = null
        send({ code, down: false })
        end()
      }
      isDown = send({ code, down: true })
      const cancelTimer = this.#parts.timers.after(isDown ? holdMs : 0, finish)
      this.#endStroke = finish
      return finish
    })
    if (isDown) this.#parts.onPress()
    return isDown
  }
}

function periodOf(code: string): number {
  return code === 'Escape' ? escapeEveryMs : everyMs
}

/** The one that is pressed oftener first, of equals the one that waits longer. */
function bySlackness([a, aDueAt]: [string, number], [b, bDueAt]: [string, number]): number {
  return periodOf(a) - periodOf(b) || aDueAt - bDueAt
}
