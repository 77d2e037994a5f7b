import type { BootIdentity, MachinePhase } from './boot-story.ts'
import { GuestKeyboard, type KeyboardLeds, type KeyListeners } from './guest-keyboard.ts'
import { GuestShell, type GuestHost } from './guest-shell.ts'
import { answerSysrq, type SysrqRecord } from './guest-sysrq.ts'
import type { GuestLayout } from './layouts.ts'
import type { TypedRecord } from './machine-types.ts'
import type { TextScreen } from './text-screen.ts'

/** What a system may do to the machine that it runs on. */
interface GuestPowers {
  /** An orderly way down. */
  stop(restart: boolean): void
  /** At once, as the kernel does it. */
  reset(): void
  powerOff(): void
  panic(): void
}

export interface GuestParts {
  screen: TextScreen
  identity: BootIdentity
  rootPassword: string
  layout: GuestLayout
  isSysrqOneKey: boolean
  nowMs(): number
  uptimeMs(): number
  phase(): MachinePhase
  networkIsUp(): boolean
  powers: GuestPowers
  onScreen(): void
}

/** The operating system as its keyboard meets it: a kernel that takes SysRq and Ctrl+Alt+Del, and a console login. */
export class Guest {
  readonly typedLines: TypedRecord[] = []
  readonly sysrqLog: SysrqRecord[] = []
  /** Its `kernel.sysrq`: 0 off, 1 everything, else the bits that it allows. */
  kernelSysrq: number
  readonly #parts: GuestParts
  readonly #keyboard: GuestKeyboard
  readonly #shell: GuestShell

  constructor(parts: GuestParts, kernelSysrq: number) {
    this.#parts = parts
    this.kernelSysrq = kernelSysrq
    this.#keyboard = new GuestKeyboard(parts.layout, parts.isSysrqOneKey)
    this.#shell = new GuestShell(parts.screen, this.#shellHost())
  }

  get leds(): KeyboardLeds {
    return this.#keyboard.leds
  }

  /** Asks for a login. */
  start(): void {
    this.#shell.start()
  }

  /** The machine starts anew: nothing is held. */
  reset(): void {
    this.#keyboard.reset()
  }

  /** The keyboard was unplugged. */
  letGo(): void {
    this.#keyboard.letGo()
  }

  /** Keys that are held, as the system sees them. */
  get heldKeys(): string[] {
    return this.#keyboard.heldKeys
  }

  /** A key transition; true when it changed the keyboard's lights. */
  key(key: string, down: boolean, listeners: KeyListeners): boolean {
    const action = this.#keyboard.press(key, down, listeners)
    if (action.name === 'restart') this.#ctrlAltDel()
    if (action.name === 'sysrq') this.#sysrq(action.letter)
    if (action.name === 'character') this.#typeCharacter(action.character)
    return action.ledsChanged
  }

  #shellHost(): GuestHost {
    const { identity, rootPassword, uptimeMs, networkIsUp, powers } = this.#parts
    return {
      name: identity.name,
      kernel: identity.kernel,
      rootPassword,
      uptimeMs,
      networkIsUp,
      powerOff: () => powers.stop(false),
      reboot: () => powers.stop(true),
    }
  }

  #typeCharacter(character: string): void {
    if (this.#parts.phase() !== 'running') return
    const line = this.#shell.type(character)
    if (line) this.typedLines.push({ ...line, atMs: this.#parts.nowMs() })
    this.#parts.onScreen()
  }

  #ctrlAltDel(): void {
    const { phase, powers } = this.#parts
    if (phase() === 'running') powers.stop(true)
    else if (phase() !== 'stopping') powers.reset()
  }

  /** The kernel says what it does before it does it; firmware knows nothing of SysRq. */
  #sysrq(letter: string): void {
    const { phase, nowMs, screen, onScreen, powers } = this.#parts
    if (!['kernel', 'running', 'stopping'].includes(phase())) return
    const answer = answerSysrq(letter, this.kernelSysrq)
    this.sysrqLog.push({ key: letter, obeyed: answer?.obeyed ?? false, atMs: nowMs() })
    if (answer === null) return
    screen.write(`sysrq: ${answer.says}\n`)
    onScreen()
    if (answer.effect) powers[answer.effect]()
  }
}
