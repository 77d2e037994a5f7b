import { fork, type ChildProcess } from 'node:child_process'
import { failBench } from '../figure.ts'

type Seen = { key: string; down: boolean; at: bigint }
type Told =
  { type: 'ready'; host: string; port: number } | { type: 'key'; key: string; down: boolean; at: string }

/** The machine in its own process, as a real one is; `next` resolves at its next key event. */
export class KeyMachine {
  readonly #child: ChildProcess
  #next: ((seen: Seen) => void) | null = null
  #where: { host: string; port: number } | null = null

  constructor() {
    this.#child = fork(new URL('./key-target.ts', import.meta.url))
  }

  async ready(): Promise<{ host: string; port: number }> {
    await new Promise<void>((resolve, reject) => {
      this.#child.once('exit', () => reject(new Error('the simulated machine did not start')))
      this.#child.on('message', (told: Told) => {
        if (told.type === 'ready') this.#where = told
        if (told.type === 'ready') resolve()
        else this.#next?.({ key: told.key, down: told.down, at: BigInt(told.at) })
      })
    })
    if (this.#where === null) throw new Error('unreachable')
    return this.#where
  }

  next(): Promise<Seen> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => failBench('a key did not arrive within 2 s'), 2000)
      this.#next = (seen) => {
        clearTimeout(timer)
        resolve(seen)
      }
    })
  }

  end(): void {
    this.#child.disconnect()
  }
}
