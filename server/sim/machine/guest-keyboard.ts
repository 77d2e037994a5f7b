import { SysrqKeys } from './guest-sysrq.ts'
import { isModifier } from './keys.ts'
import { charOfKey, type GuestLayout } from './layouts.ts'

/** Keyboard LEDs as the guest drives them. */
export interface KeyboardLeds {
  caps: boolean
  scroll: boolean
  num: boolean
}

/** What a key transition means to the guest. */
export type KeyAction = { ledsChanged: boolean } & (
  | { name: 'none' }
  | { name: 'character'; character: string }
  | { name: 'restart' }
  | { name: 'sysrq'; letter: string }
)

/** Who is there to take a key: the kernel's own handling, and the system above it. */
export interface KeyListeners {
  kernel: boolean
  system: boolean
}

const LED_OF_KEY: Readonly<Record<string, keyof KeyboardLeds>> = {
  CapsLock: 'caps',
  NumLock: 'num',
  ScrollLock: 'scroll',
}

/** The guest's view of its keyboard: held keys, lock LEDs, Ctrl+Alt+Del, SysRq and characters. */
export class GuestKeyboard {
  readonly #layout: GuestLayout
  /** Alt+PrintScreen is one key of its own, as on many boards: while it is down no letter gets through. */
  readonly #isSysrqOneKey: boolean
  readonly #held = new Set<string>()
  readonly #sysrq = new SysrqKeys()
  #leds: KeyboardLeds = { caps: false, scroll: false, num: true }

  constructor(layout: GuestLayout, isSysrqOneKey = false) {
    this.#layout = layout
    this.#isSysrqOneKey = isSysrqOneKey
  }

  get heldKeys(): string[] {
    return [...this.#held]
  }

  get leds(): KeyboardLeds {
    return { ...this.#leds }
  }

  /** Back to the state after a restart: nothing held, num lock on. */
  reset(): void {
    this.#held.clear()
    this.#sysrq.reset()
    this.#leds = { caps: false, scroll: false, num: true }
  }

  /** The keyboard was unplugged: what it held counts as let go of. */
  letGo(): void {
    this.#held.clear()
    this.#sysrq.reset()
  }

  /** Takes one transition and says what follows from it. */
  press(key: string, down: boolean, listeners: KeyListeners): KeyAction {
    if (down && this.#isHidden(key)) return { name: 'none', ledsChanged: false }
    const letter = listeners.kernel ? this.#sysrq.press(key, down) : null
    if (!down) {
      this.#held.delete(key)
      return { name: 'none', ledsChanged: false }
    }
    this.#held.add(key)
    const led = LED_OF_KEY[key]
    if (led) {
      if (listeners.kernel) this.#leds[led] = !this.#leds[led]
      return { name: 'none', ledsChanged: listeners.kernel }
    }
    if (letter !== null) return { name: 'sysrq', letter, ledsChanged: false }
    if (!listeners.system) return { name: 'none', ledsChanged: false }
    return { ...this.#actionOf(key), ledsChanged: false }
  }

  #isHidden(key: string): boolean {
    return this.#isSysrqOneKey && this.#held.has('PrintScreen') && !isModifier(key)
  }

  #isHeld(...keys: string[]): boolean {
    return keys.some((key) => this.#held.has(key))
  }

  #actionOf(key: string): { name: 'none' } | { name: 'character'; character: string } | { name: 'restart' } {
    const control = this.#isHeld('ControlLeft', 'ControlRight')
    const alt = this.#isHeld('AltLeft', 'AltRight')
    if (key === 'Delete' && control && alt) return { name: 'restart' }
    if (control && key === 'KeyC') return { name: 'character', character: '\x03' }
    if (control || alt || this.#isHeld('MetaLeft', 'MetaRight')) return { name: 'none' }
    const character = this.#characterOf(key)
    return character ? { name: 'character', character } : { name: 'none' }
  }

  #characterOf(key: string): string {
    if (key === 'Enter' || key === 'NumpadEnter') return '\n'
    if (key === 'Backspace') return '\b'
    if (/^Numpad[\d]$|^NumpadDecimal$/.test(key) && !this.#leds.num) return ''
    return charOfKey(this.#layout, key, this.#isHeld('ShiftLeft', 'ShiftRight'), this.#leds.caps)
  }
}
