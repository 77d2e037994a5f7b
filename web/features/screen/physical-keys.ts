import type { KeySender } from './key-sender.ts'

const isModifier = (code: string): boolean => /^(Control|Alt|Shift|Meta)(Left|Right)$/.test(code)

type KeyPress = Pick<KeyboardEvent, 'code' | 'repeat' | 'ctrlKey' | 'altKey' | 'shiftKey'>

/** What a real keyboard's events mean for the machine. `isMac`: the browser runs on macOS. */
export class PhysicalKeys {
  readonly #keys: KeySender
  readonly #isMac: boolean

  constructor(keys: KeySender, isMac: boolean) {
    this.#keys = keys
    this.#isMac = isMac
  }

  /** False when it was the combination that gives the keyboard back; everything is let go of then. */
  pressed(event: KeyPress): boolean {
    if (event.repeat) return true
    if (isModifier(event.code) && event.ctrlKey && event.altKey && event.shiftKey) {
      this.#keys.allUp()
      return false
    }
    if (this.#isToggle(event.code)) this.#keys.tap(event.code)
    else this.#keys.key(event.code, true)
    return true
  }

  released({ code }: Pick<KeyboardEvent, 'code'>): void {
    if (this.#isToggle(code)) return this.#keys.tap(code)
    this.#keys.key(code, false)
    // macOS keeps back the release of keys that were pressed together with Command.
    if (code.startsWith('Meta')) this.#keys.allUp()
  }

  /** macOS tells that Caps Lock went on by a press alone, and that it went off by a release alone. */
  #isToggle(code: string): boolean {
    return this.#isMac && code === 'CapsLock'
  }
}
