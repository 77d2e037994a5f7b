const holdsMs = 60_000
const isValid = 0x80
/** Bit of parameter 3: do not clear the valid bit by time. @see IPMI 2.0 table 28-14 */
const staysValid = 0x08

/** What the machine is to start from: forgotten after a minute, unless told otherwise before. */
export class BootOptions {
  /** Parameter 3, boot flag valid bit clearing. */
  clearing = 0
  readonly #nowMs: () => number
  #flags = Buffer.alloc(5)
  #setMs = 0

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
  }

  /** Parameter 5, as it is now. */
  get flags(): Buffer {
    const isOver = (this.clearing & staysValid) === 0 && this.#nowMs() - this.#setMs >= holdsMs
    if (isOver) this.#flags[0] = (this.#flags[0] ?? 0) & ~isValid
    return this.#flags
  }

  setFlags(flags: Uint8Array): void {
    this.#flags = Buffer.from(flags)
    this.#setMs = this.#nowMs()
  }

  /** The minute counts anew from each chassis control. */
  restartCountdown(): void {
    if (((this.flags[0] ?? 0) & isValid) !== 0) this.#setMs = this.#nowMs()
  }
}
