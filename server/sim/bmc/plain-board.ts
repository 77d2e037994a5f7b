import type { ChassisAction } from '../../node-ipmi/src/commands/chassis.ts'
import type { BmcBoard, BoardSerial } from './board.ts'

/** What a plain board does with typed bytes. */
export interface PlainBoardOptions {
  startsOff?: boolean
  /** Prints typed bytes back. Default true. */
  echoes?: boolean
  /** Most bytes its UART takes at once. Default: all. */
  inputLimit?: number
}

/** A board that only remembers: power, what was asked of it, what was typed. It needs no clock. */
export class PlainBoard implements BmcBoard {
  readonly actions: ChassisAction[] = []
  readonly typed: Buffer[] = []
  breaks = 0
  inputLimit: number
  readonly serial: BoardSerial
  readonly #echoes: boolean
  readonly #listeners = new Set<(bytes: Buffer) => void>()
  #isPowered: boolean

  constructor(options: PlainBoardOptions = {}) {
    this.#isPowered = !options.startsOff
    this.#echoes = options.echoes ?? true
    this.inputLimit = options.inputLimit ?? Number.MAX_SAFE_INTEGER
    this.serial = {
      onOutput: (listener) => {
        this.#listeners.add(listener)
        return () => void this.#listeners.delete(listener)
      },
      input: (bytes) => this.#input(bytes),
      sendBreak: () => void (this.breaks += 1),
    }
  }

  get isPowered(): boolean {
    return this.#isPowered
  }

  control(action: ChassisAction): void {
    this.actions.push(action)
    if (action === 'on' || action === 'cycle') this.#isPowered = true
    if (action === 'off' || action === 'soft') this.#isPowered = false
  }

  /** The machine prints. */
  print(bytes: Uint8Array | string): void {
    for (const listener of this.#listeners) listener(Buffer.from(bytes as string))
  }

  #input(bytes: Buffer): number {
    const taken = Buffer.from(bytes.subarray(0, this.inputLimit))
    this.typed.push(taken)
    if (this.#echoes && taken.length > 0) this.print(taken)
    return taken.length
  }
}
