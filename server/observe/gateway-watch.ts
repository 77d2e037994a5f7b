import type { SelfState } from '../contract/state.ts'
import type { Unsubscribe } from '../drivers/driver.ts'

export type GatewayParts = {
  /** Address of the default gateway; null when there is none. */
  find(): Promise<string | null>
  /** Does it give any sign of life? Never throws; a single lost packet does not count. */
  ask(address: string): Promise<boolean>
  now(): number
  /** A clock that nobody sets, ms. Default: the process's. */
  monotonic?(): number
}
type Gateway = NonNullable<SelfState['gateway']>

const everyMs = 10_000
/** A look this young is not made again by `look`. */
const freshMs = 1000

/**
 * Watches Crashcart's own default gateway. Only one that was heard before can fall silent: a gateway that never answers
 * anything says nothing.
 */
export class GatewayWatch {
  readonly #parts: GatewayParts
  readonly #listeners = new Set<() => void>()
  #gateway: Gateway | null = null
  #running: Promise<void> | null = null
  #lookedAt = -Infinity
  #timer: NodeJS.Timeout | null = null

  constructor(parts: GatewayParts) {
    this.#parts = parts
  }

  start(): void {
    void this.look()
    this.#timer = setInterval(() => void this.look(), everyMs)
  }

  /** Null without a gateway; `answers.value` null until it was heard. */
  get gateway(): Gateway | null {
    return this.#gateway
  }

  /** Its address or whether it answers has changed. */
  onChange(listener: () => void): Unsubscribe {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Resolves when `gateway` is what is true now, to a second. Never throws. */
  look(): Promise<void> {
    if (this.#monotonic() - this.#lookedAt < freshMs) return Promise.resolve()
    this.#running ??= this.#lookOnce().finally(() => {
      this.#running = null
      this.#lookedAt = this.#monotonic()
    })
    return this.#running
  }

  /** Ends the looks; resolves when none is under way. */
  async close(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#listeners.clear()
    await this.#running
  }

  #monotonic(): number {
    return this.#parts.monotonic?.() ?? performance.now()
  }

  async #lookOnce(): Promise<void> {
    const address = await this.#parts.find()
    const known = this.#gateway
    // The route goes with the cable: a gateway that was heard is then silent, not forgotten.
    if (address === null) return known?.answers.value == null ? this.#set(null) : this.#note(known, false)
    const before = known?.address === address ? known : this.#unheard(address)
    const isHeard = await this.#parts.ask(address)
    if (isHeard || before.answers.value !== null) this.#note(before, isHeard)
    else this.#set(before)
  }

  #unheard(address: string): Gateway {
    const now = this.#parts.now()
    return { address, answers: { value: null, observedAt: now, since: now } }
  }

  #note({ address, answers }: Gateway, value: boolean): void {
    const observedAt = this.#parts.now()
    const since = answers.value === value ? answers.since : observedAt
    this.#set({ address, answers: { value, observedAt, since } })
  }

  #set(next: Gateway | null): void {
    const before = this.#gateway
    this.#gateway = next
    if (before?.address === next?.address && before?.answers.value === next?.answers.value) return
    for (const listener of this.#listeners) listener()
  }
}
