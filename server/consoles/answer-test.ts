import type { AnswerTest } from '../contract/screen.ts'
import type { EndpointConnection } from '../drivers/driver.ts'
import { awayFrom } from './picture-state.ts'
import type { InputDesk } from './input-desk.ts'
import type { Timers } from './timers.ts'

/** Two waits of this length at most: the verdict is there within 2 s. */
const answerWithinMs = 900

export type AnswerTestParts = { desk: InputDesk; connection: EndpointConnection | null; timers: Timers }

/**
 * Asks whether a machine's kernel lives although its picture stands still: Caps Lock is pressed, and pressed again,
 * and a live kernel switches the keyboard's light each time, which comes back through the KVM. Never throws.
 */
export function testAnswer({ desk, connection, timers }: AnswerTestParts): Promise<AnswerTest> {
  const startedAt = timers.count()
  const result = (verdict: AnswerTest['verdict'], isCapsAsBefore = true): AnswerTest => ({
    verdict,
    tookMs: timers.count() - startedAt,
    isCapsAsBefore,
  })
  const state = connection?.state ?? null
  if (state === null || state.state.reachable.value === false) return Promise.resolve(result('unreachable'))
  const away = awayFrom(state.state)
  if (away !== null) return Promise.resolve(result(away))
  const before = state.state.capsLock.value
  if (before === null) return Promise.resolve(result('noKeyboard'))
  return new Promise((resolve) => {
    const isTaken = desk.alone((send, end) => {
      const run = new AnswerRun({ send, before, timers }, (found) => {
        unsubscribe()
        // kvmd says "offline" from a restart of the machine until the next report that it takes: only now it is known.
        const isUnseen = found === 'noAnswer' && state.state.keyboardOnline.value === false
        const verdict = isUnseen ? 'noKeyboard' : found
        resolve(result(verdict, verdict === 'unreachable' || state.state.capsLock.value === before))
        end()
      })
      const unsubscribe = state.onChange(({ capsLock }) => run.saw(capsLock.value))
      run.start()
      return () => run.stop()
    })
    if (!isTaken) resolve(result('busy'))
  })
}

type AnswerRunParts = {
  send(event: { code: string; down: boolean }): boolean
  before: boolean
  timers: Timers
}

/** Presses twice whatever comes back, so that Caps Lock ends as it was even when the light is late. */
class AnswerRun {
  readonly #parts: AnswerRunParts
  readonly #onEnd: (verdict: AnswerTest['verdict']) => void
  #presses = 0
  #hasAnswered = false
  #hasEnded = false
  #cancelTimer: (() => void) | null = null

  constructor(parts: AnswerRunParts, onEnd: (verdict: AnswerTest['verdict']) => void) {
    this.#parts = parts
    this.#onEnd = onEnd
  }

  start(): void {
    this.#press()
  }

  /** The light as the KVM tells it now. */
  saw(caps: boolean | null): void {
    if (caps === null || this.#hasEnded) return
    if (caps !== this.#parts.before) {
      this.#hasAnswered = true
      if (this.#presses === 1) this.#press()
    } else if (this.#hasAnswered && this.#presses === 2) this.#end()
  }

  /** Somebody else needs the keyboard now. */
  stop(): void {
    const isLinked = this.#presses !== 1 || this.#tap()
    if (this.#hasAnswered) return this.#finish('answers')
    this.#finish(isLinked ? 'busy' : 'unreachable')
  }

  #press(): void {
    this.#cancelTimer?.()
    if (!this.#tap()) return this.#finish('unreachable')
    this.#presses += 1
    this.#cancelTimer = this.#parts.timers.after(answerWithinMs, () => {
      if (this.#presses === 1) this.#press()
      else this.#end()
    })
  }

  #tap(): boolean {
    return [true, false].every((down) => this.#parts.send({ code: 'CapsLock', down }))
  }

  #end(): void {
    this.#finish(this.#hasAnswered ? 'answers' : 'noAnswer')
  }

  #finish(verdict: AnswerTest['verdict']): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    this.#cancelTimer?.()
    this.#onEnd(verdict)
  }
}
