import type { CancelTimer, SimClock } from './clock.ts'

/** The two buttons of a case. */
export type PanelButton = 'power' | 'reset'

/**
 * What a press did: `on`, `acpi` (asked the running system to shut down), `ignored` (the system did
 * not listen), `firmwareOff` (off at once, no system was running), `hardOff` (held for 4 s), `reset`,
 * `nothing` (reset while off) or `unwired` (the wire is loose: the board never saw it).
 */
export type PressEffect =
  'on' | 'acpi' | 'ignored' | 'firmwareOff' | 'hardOff' | 'reset' | 'nothing' | 'unwired'

/** One press as the case counted it. `durationMs` is null while the button is held. */
export interface PressRecord {
  button: PanelButton
  startedAtMs: number
  durationMs: number | null
  effect: PressEffect
}

/** What the board does when a button closes its contact. */
export interface PanelEffects {
  /** A power press began; returns what it did. */
  powerPressed(): PressEffect
  /** The power button has been held long enough. Returns false when the board was off already. */
  powerHeld(): boolean
  resetPressed(): PressEffect
}

/** The buttons of a case: counts presses and turns them into what an ATX board does. */
export class FrontPanel {
  readonly presses: PressRecord[] = []
  readonly unwired = { power: false, reset: false }
  readonly #clock: SimClock
  readonly #effects: PanelEffects
  readonly #hardOffAfterMs: number
  readonly #held = new Map<PanelButton, { record: PressRecord; cancel: CancelTimer }>()

  /** `hardOffAfterMs`: how long the power button must be held to cut the power. */
  constructor(clock: SimClock, effects: PanelEffects, hardOffAfterMs: number) {
    this.#clock = clock
    this.#hardOffAfterMs = hardOffAfterMs
    this.#effects = effects
  }

  /** Closes the contact. A button that is held already stays held. */
  press(button: PanelButton): void {
    if (this.#held.has(button)) return
    const record: PressRecord = {
      button,
      startedAtMs: this.#clock.nowMs(),
      durationMs: null,
      effect: 'nothing',
    }
    this.presses.push(record)
    this.#held.set(button, { record, cancel: this.#armHardOff(button, record) })
    record.effect = this.#effectOf(button)
  }

  /** Opens the contact. */
  release(button: PanelButton): void {
    const held = this.#held.get(button)
    if (!held) return
    held.cancel()
    held.record.durationMs = this.#clock.nowMs() - held.record.startedAtMs
    this.#held.delete(button)
  }

  #effectOf(button: PanelButton): PressEffect {
    if (this.unwired[button]) return 'unwired'
    return button === 'power' ? this.#effects.powerPressed() : this.#effects.resetPressed()
  }

  #armHardOff(button: PanelButton, record: PressRecord): CancelTimer {
    if (button === 'reset' || this.unwired.power) return () => undefined
    return this.#clock.after(this.#hardOffAfterMs, () => {
      if (this.#effects.powerHeld()) record.effect = 'hardOff'
    })
  }
}
