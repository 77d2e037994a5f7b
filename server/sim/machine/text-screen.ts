/** Colours of a character cell: low nibble foreground, high nibble background (VGA order). */
export const ATTRIBUTES = {
  normal: 0x07,
  bright: 0x0f,
  inverse: 0x70,
  blue: 0x1f,
  red: 0x4f,
  green: 0x0a,
} as const

/** Video modes that the simulated machines use. */
export type VideoMode = '720x400' | '1024x768'

/** An 80×25 character screen with a cursor. `revision` grows with every visible change. */
export class TextScreen {
  readonly columns = 80
  readonly rows = 25
  readonly characters = new Uint8Array(this.columns * this.rows).fill(0x20)
  readonly attributes = new Uint8Array(this.columns * this.rows).fill(ATTRIBUTES.normal)
  mode: VideoMode = '720x400'
  cursorVisible = false
  #row = 0
  #column = 0
  #revision = 0

  get revision(): number {
    return this.#revision
  }

  get cursor(): { row: number; column: number } {
    return { row: this.#row, column: this.#column }
  }

  clear(attribute: number = ATTRIBUTES.normal): void {
    this.characters.fill(0x20)
    this.attributes.fill(attribute)
    this.#row = 0
    this.#column = 0
    this.#revision += 1
  }

  /** Sets mode and cursor and clears, as a change of video mode does. */
  reset(mode: VideoMode, cursorVisible: boolean): void {
    this.mode = mode
    this.cursorVisible = cursorVisible
    this.clear()
  }

  /** Puts text at a place without moving the cursor; what does not fit is cut. */
  put(row: number, column: number, text: string, attribute: number = ATTRIBUTES.normal): void {
    for (let index = 0; index < text.length && column + index < this.columns; index += 1) {
      this.#set(row, column + index, text.charCodeAt(index), attribute)
    }
    this.#revision += 1
  }

  /** Writes at the cursor like a terminal: newline, backspace, wrapping and scrolling. */
  write(text: string, attribute: number = ATTRIBUTES.normal): void {
    for (const character of text) this.#writeOne(character, attribute)
    this.#revision += 1
  }

  /** The 25 lines as text, without trailing spaces. */
  lines(): string[] {
    return Array.from({ length: this.rows }, (_, row) =>
      String.fromCharCode(
        ...this.characters.subarray(row * this.columns, (row + 1) * this.columns),
      ).trimEnd(),
    )
  }

  #writeOne(character: string, attribute: number): void {
    if (character === '\n') return this.#newline()
    if (character === '\b') {
      this.#column = Math.max(0, this.#column - 1)
      return
    }
    if (this.#column >= this.columns) this.#newline()
    this.#set(this.#row, this.#column, character.charCodeAt(0), attribute)
    this.#column += 1
  }

  #newline(): void {
    this.#column = 0
    if (this.#row < this.rows - 1) {
      this.#row += 1
      return
    }
    this.characters.copyWithin(0, this.columns)
    this.attributes.copyWithin(0, this.columns)
    this.characters.fill(0x20, -this.columns)
    this.attributes.fill(ATTRIBUTES.normal, -this.columns)
  }

  #set(row: number, column: number, code: number, attribute: number): void {
    const index = row * this.columns + column
    this.characters[index] = code < 0x20 || code > 0x7e ? 0x3f : code
    this.attributes[index] = attribute
  }
}
