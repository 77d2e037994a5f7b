import type { InputSink } from '../drivers/driver.ts'
import { ComboRun, type ComboEvent } from './combo-run.ts'
import { HeldKeys, type HeldEvent, type MouseButton } from './held-keys.ts'
import type { KeyStroke } from './layouts/key-stroke.ts'
import { powerChordOf, type PowerChord } from './power-chord.ts'
import type { KeyEvent } from './text-plan.ts'
import { TypingJob, type TypingProgress } from './typing-job.ts'
import type { Timers } from './timers.ts'

const maxQueuedKeys = 512
const maxQueuedStrokes = 20_000
/** The page says every 250 ms that it still holds something; release comes within 1 s of its last word. */
const silenceMs = 900

/**
 * `queued`: it follows the text that is being typed. `busy`: too much waits already. A chord that commands the machine
 * itself is named and not sent.
 */
export type KeyOutcome = 'taken' | 'queued' | 'busy' | 'unreachable' | PowerChord

export type TextRequest = {
  id: string
  strokes: readonly KeyStroke[]
  report(progress: TypingProgress): void
}
export type DeskOptions = {
  /** The control socket's way in, fetched for every event; null while there is none. */
  sink(): InputSink | null
  isCapsLockOn(): boolean
  timers: Timers
}

type Waiting = { type: 'key'; code: string; down: boolean } | { type: 'text'; request: TextRequest }
type Running = { textId: string | null; stop(end: 'cancelled' | 'interrupted'): void }

/**
 * Everything that is typed on one machine goes through here, in one order. Text and key combinations are units: keys
 * that come meanwhile wait behind them and are never mixed in. What waits is dropped when the unit before it does not
 * reach its end, since it was meant for what should have been on the screen by then.
 */
export class InputDesk {
  readonly #options: DeskOptions
  readonly #held = new HeldKeys()
  #waiting: Waiting[] = []
  #running: Running | null = null
  #heardAt = 0
  #isWatching = false

  constructor(options: DeskOptions) {
    this.#options = options
  }

  /** The one who has control is there: call it for each of their input messages, and while they hold something. */
  heard(): void {
    this.#heardAt = this.#options.timers.count()
  }

  /** A key went down or up. */
  key(code: string, down: boolean): KeyOutcome {
    if (this.#running !== null) return this.#enqueueKey(code, down)
    const chord = down ? powerChordOf(this.#held.codes, code) : null
    if (chord !== null) return chord
    return this.#put(this.#held.key(code, down)) ? 'taken' : 'unreachable'
  }

  /** A mouse button; the pointer does not wait for text. */
  button(button: MouseButton, down: boolean): KeyOutcome {
    return this.#put(this.#held.button(button, down)) ? 'taken' : 'unreachable'
  }

  /** Pointer movement and wheel: nothing to remember. */
  pointer(event: Parameters<InputSink['pointer']>[0]): KeyOutcome {
    return this.#options.sink()?.pointer(event) === true ? 'taken' : 'unreachable'
  }

  /** Types text as one unit, after what already waits. Keys that are held are let go of first. */
  text(request: TextRequest): KeyOutcome {
    if (this.#running === null) {
      this.#startText(request)
      return 'taken'
    }
    // Letters typed live come one by one and all at once after a bad moment of the link: what counts is their sum.
    const strokes = this.#waitingTexts().reduce((sum, waiting) => sum + waiting.strokes.length, 0)
    if (strokes + request.strokes.length > maxQueuedStrokes) return 'busy'
    request.report({ state: 'typing', sent: 0, total: request.strokes.length })
    this.#waiting.push({ type: 'text', request })
    return 'queued'
  }

  /** Stops this text and what waits behind it. False: it is neither being typed nor waiting. */
  cancelText(id: string): boolean {
    if (this.#running?.textId === id) {
      this.#running.stop('cancelled')
      return true
    }
    const index = this.#waiting.findIndex((waiting) => waiting.type === 'text' && waiting.request.id === id)
    if (index === -1) return false
    this.#drop(this.#waiting.splice(index), 'cancelled')
    return true
  }

  /** Stops what runs, drops what waits, and lets go of everything: the one who typed is gone, or another takes over. */
  clear(): void {
    this.#drop(this.#waiting.splice(0), 'interrupted')
    this.#running?.stop('interrupted')
    this.#put(this.#held.releaseAll())
  }

  /** Lets go of what is held without touching text that is being typed. */
  releaseHeld(): void {
    this.#put(this.#held.releaseAll())
  }

  /** The device let go of all keys by itself: presses again what the person still holds. */
  pressAgain(): void {
    this.#put(this.#held.pressAgain())
  }

  /** The control socket is gone, and with it everything that was held. */
  lost(): void {
    this.#held.forget()
    this.clear()
  }

  /**
   * Presses and lets go in this order as one unit that comes before all else, the last key being the one that counts.
   * `notSent`: that one was not put on the wire; `unknown`: it was, and the link was lost while keys were down.
   */
  combo(events: readonly ComboEvent[]): Promise<'sent' | 'notSent' | 'unknown'> {
    this.clear()
    return new Promise((resolve) => {
      const run = new ComboRun(events, {
        send: (event) => this.#send({ type: 'key', ...event }),
        timers: this.#options.timers,
        onEnd: (fate) => {
          this.#running = null
          resolve(fate)
          this.#next()
        },
      })
      this.#running = { textId: null, stop: () => run.hurry() }
      run.start()
    })
  }

  /**
   * Gives the keyboard to one task; keys that come meanwhile wait behind it. `start` gets a way to send and one to end,
   * and answers how to stop. False, and nothing started, while anything is typed or held.
   */
  alone(start: (send: (event: KeyEvent) => boolean, end: () => void) => () => void): boolean {
    if (this.#running !== null || !this.#held.isEmpty) return false
    let stop = (): void => undefined
    this.#running = { textId: null, stop: () => stop() }
    const end = (): void => {
      this.#running = null
      this.#next()
    }
    stop = start((event) => this.#send({ type: 'key', ...event }), end)
    return true
  }

  #enqueueKey(code: string, down: boolean): KeyOutcome {
    if (this.#waiting.length - this.#waitingTexts().length >= maxQueuedKeys) return 'busy'
    this.#waiting.push({ type: 'key', code, down })
    return 'queued'
  }

  #waitingTexts(): TextRequest[] {
    return this.#waiting.flatMap((waiting) => (waiting.type === 'text' ? [waiting.request] : []))
  }

  #startText(request: TextRequest): void {
    this.releaseHeld()
    const run = {
      strokes: request.strokes,
      isCapsLockOn: () => this.#options.isCapsLockOn(),
      send: (event: KeyEvent) => this.#send({ type: 'key', ...event }),
      report: request.report,
      onEnd: (end: string) => {
        this.#running = null
        if (end !== 'done') this.#drop(this.#waiting.splice(0), end === 'cancelled' ? end : 'interrupted')
        this.#next()
      },
    }
    const job = new TypingJob(run, this.#options.timers)
    this.#running = { textId: request.id, stop: (end) => job.stop(end) }
    job.start()
  }

  #next(): void {
    while (this.#running === null) {
      const waiting = this.#waiting.shift()
      if (waiting === undefined) return
      if (waiting.type === 'key') this.key(waiting.code, waiting.down)
      else this.#startText(waiting.request)
    }
  }

  #drop(dropped: readonly Waiting[], end: 'cancelled' | 'interrupted'): void {
    for (const waiting of dropped) {
      if (waiting.type !== 'text') continue
      waiting.request.report({ state: end, sent: 0, total: waiting.request.strokes.length })
    }
  }

  /** False: the link is lost; then nothing counts as held any more, since the device lets go when its client goes. */
  #put(events: readonly HeldEvent[]): boolean {
    if (!events.every((event) => this.#send(event))) {
      this.#held.forget()
      return false
    }
    this.#watch()
    return true
  }

  /** While something is held, silence of the one who holds it lets go. */
  #watch(): void {
    if (this.#isWatching || this.#held.isEmpty) return
    this.#isWatching = true
    const { timers } = this.#options
    timers.after(Math.max(0, this.#heardAt + silenceMs - timers.count()), () => {
      this.#isWatching = false
      if (timers.count() - this.#heardAt >= silenceMs) this.releaseHeld()
      else this.#watch()
    })
  }

  #send(event: HeldEvent): boolean {
    const sink = this.#options.sink()
    if (sink === null) return false
    return event.type === 'key' ? sink.key(event.code, event.down) : sink.pointer(event)
  }
}
