import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const library = ['x86_64', 'aarch64']
  .map((machine) => `/usr/lib/${machine}-linux-gnu/faketime/libfaketimeMT.so.1`)
  .find((path) => existsSync(path))

/**
 * A system clock that tests set while a process runs by it (Debian's `faketime`): `env` is for that process. What counts
 * on since the machine's start is not faked, as on a real machine.
 */
export class FakedTime {
  readonly #folder = mkdtempSync(join(tmpdir(), 'crashcart-time-'))
  readonly #file = join(this.#folder, 'offset')

  constructor(at: number) {
    if (library === undefined) throw new Error('faketime is not installed')
    this.set(at)
  }

  get env(): Record<string, string> {
    return {
      LD_PRELOAD: library ?? '',
      FAKETIME_TIMESTAMP_FILE: this.#file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    }
  }

  /** From now on it is `at` (ms) there, and goes on from that. */
  set(at: number): void {
    const seconds = Math.round((at - Date.now()) / 1000)
    writeFileSync(this.#file, seconds < 0 ? String(seconds) : `+${seconds}`)
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true })
  }
}
