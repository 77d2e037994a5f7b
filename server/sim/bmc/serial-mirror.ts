import type { TextScreen } from '../machine/text-screen.ts'

const escape = '\x1b'

/**
 * Sends a text screen over a serial line as firmware with console redirection does: VT100 positioning, and only the
 * lines that changed since the last time, the cursor last.
 */
export class SerialMirror {
  readonly #screen: TextScreen
  #sent: string[]

  constructor(screen: TextScreen) {
    this.#screen = screen
    this.#sent = Array.from({ length: screen.rows }, () => '')
  }

  /** Bytes that bring a terminal up to date; empty when it is. */
  update(): Buffer {
    const lines = this.#screen.lines()
    const changed = lines.flatMap((line, row) =>
      line === this.#sent[row] ? [] : [`${escape}[${row + 1};1H${line}${escape}[K`],
    )
    this.#sent = lines
    if (changed.length === 0) return Buffer.alloc(0)
    const { row, column } = this.#screen.cursor
    return Buffer.from(`${changed.join('')}${escape}[${row + 1};${column + 1}H`, 'latin1')
  }

  /** A terminal that attaches now has seen nothing. */
  restart(): void {
    this.#sent.fill('')
  }
}
