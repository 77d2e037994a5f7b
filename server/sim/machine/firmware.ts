/** How a board's firmware is entered. */
export interface FirmwareOptions {
  /** `KeyboardEvent.code` of the keys that it takes. Default: `Delete` and `F11`. */
  setupKey: string
  menuKey: string
  /** For how long it takes them, in the clock's milliseconds. Default 2,000. */
  windowMs: number
  /** When it does so during its POST: 0 = at once, 1 = at its end. Default: anywhere. */
  random(): number
}

export type FirmwareScreen = 'setup' | 'bootMenu'
/** A key that brought somebody into the firmware. */
export interface FirmwareEntry {
  screen: FirmwareScreen
  key: string
  atMs: number
}

type Later = (delayMs: number, run: () => void) => void

/**
 * A firmware's attention: during its POST it takes a key for a short while at some moment, and neither before nor
 * after. A key that is already down does not count.
 */
export class Firmware {
  readonly options: FirmwareOptions
  #isListening = false

  constructor(options: Partial<FirmwareOptions> = {}) {
    this.options = {
      setupKey: 'Delete',
      menuKey: 'F11',
      windowMs: 2_000,
      random: Math.random,
      ...options,
    }
  }

  /** A POST of that length begins. */
  startPost(lengthMs: number, later: Later): void {
    const { windowMs, random } = this.options
    const opensAtMs = random() * Math.max(0, lengthMs - windowMs)
    this.#isListening = false
    later(opensAtMs, () => {
      this.#isListening = true
    })
    later(opensAtMs + windowMs, () => this.stop())
  }

  /** The POST is over. */
  stop(): void {
    this.#isListening = false
  }

  /** A key went down: the screen that it opens. */
  press(key: string): FirmwareScreen | null {
    if (!this.#isListening) return null
    if (key === this.options.setupKey) return 'setup'
    return key === this.options.menuKey ? 'bootMenu' : null
  }
}

/** The key as firmware calls it on its screens. */
export function firmwareKeyName(code: string): string {
  return code === 'Delete' ? 'DEL' : code === 'Escape' ? 'ESC' : code.toUpperCase()
}
