/** What one SysRq key asks of a Linux kernel. `bit`: which bit of `kernel.sysrq` must allow it. */
interface SysrqOperation {
  bit: number
  says: string
  effect?: 'reset' | 'powerOff' | 'panic'
}

/** @see Documentation/admin-guide/sysrq.rst of Linux */
const OPERATIONS: Readonly<Record<string, SysrqOperation>> = {
  b: { bit: 128, says: 'Resetting', effect: 'reset' },
  c: { bit: 8, says: 'Trigger a crash', effect: 'panic' },
  e: { bit: 64, says: 'Terminate All Tasks' },
  f: { bit: 64, says: 'Manual OOM execution' },
  i: { bit: 64, says: 'Kill All Tasks' },
  k: { bit: 4, says: 'SAK' },
  l: { bit: 8, says: 'Show backtrace of all active CPUs' },
  m: { bit: 8, says: 'Show Memory' },
  o: { bit: 128, says: 'Power Off', effect: 'powerOff' },
  p: { bit: 8, says: 'Show Regs' },
  r: { bit: 4, says: 'Keyboard mode set to system default' },
  s: { bit: 16, says: 'Emergency Sync' },
  t: { bit: 8, says: 'Show State' },
  u: { bit: 32, says: 'Emergency Remount R/O' },
  w: { bit: 8, says: 'Show Blocked State' },
}
const HELP =
  'HELP : loglevel(0-9) reboot(b) crash(c) terminate-all-tasks(e) memory-full-oom-kill(f) kill-all-tasks(i) sync(s) unmount(u) poweroff(o)'

/** Debian's kernel.sysrq: everything but signals to processes and debugging dumps. */
export const DEBIAN_SYSRQ = 438

/** One SysRq key as the kernel took it. `obeyed` is false where kernel.sysrq forbids it. */
export interface SysrqRecord {
  key: string
  obeyed: boolean
  atMs: number
}

/** What follows from a SysRq key: the line on the console, and what the machine does. */
export interface SysrqAnswer {
  obeyed: boolean
  says: string
  effect: 'reset' | 'powerOff' | 'panic' | null
}

/** What a kernel with that `kernel.sysrq` does about a key; null when SysRq is switched off. */
export function answerSysrq(key: string, kernelSysrq: number): SysrqAnswer | null {
  if (kernelSysrq === 0) return null
  const operation = OPERATIONS[key]
  if (operation === undefined) return { obeyed: false, says: HELP, effect: null }
  const isAllowed = kernelSysrq === 1 || (kernelSysrq & operation.bit) !== 0
  if (!isAllowed) return { obeyed: false, says: 'This sysrq operation is disabled.', effect: null }
  return { obeyed: true, says: operation.says, effect: operation.effect ?? null }
}

/**
 * Linux' own reading of the keys: PrintScreen while Alt is down switches SysRq on, and it stays on until that Alt goes
 * up, so PrintScreen itself may be let go before the letter.
 * @see drivers/tty/sysrq.c, `sysrq_handle_keypress`
 */
export class SysrqKeys {
  readonly #held = new Set<string>()
  #isActive = false

  /** A key went down or up; the letter of a SysRq key that this completes, else null. */
  press(key: string, down: boolean): string | null {
    if (!down) {
      this.#held.delete(key)
      if (key.startsWith('Alt')) this.#isActive = false
      return null
    }
    this.#held.add(key)
    if (key === 'PrintScreen') {
      this.#isActive = this.#held.has('AltLeft') || this.#held.has('AltRight')
      return null
    }
    if (!this.#isActive) return null
    return /^(?:Key|Digit)([A-Z\d])$/.exec(key)?.[1]?.toLowerCase() ?? null
  }

  reset(): void {
    this.#held.clear()
    this.#isActive = false
  }
}
