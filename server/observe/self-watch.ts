import type { SelfState } from '../contract/state.ts'
import type { SelfWatch } from '../domain.ts'
import type { Unsubscribe } from '../drivers/driver.ts'
import { isCutOff } from './cut-off.ts'
import type { GatewayWatch } from './gateway-watch.ts'

type Parts = { gateway: Pick<GatewayWatch, 'gateway' | 'look' | 'onChange'>; now(): number }
type Doubt = NonNullable<SelfState['doubt']>

/** Whether Crashcart itself may be cut off: its gateway fell silent, or most of what it looks at did at once. */
export class OwnNetwork implements SelfWatch {
  readonly #parts: Parts
  readonly #listeners = new Set<(state: SelfState) => void>()
  readonly #stop: Unsubscribe
  #isMostSilent = false
  #doubt: Doubt | null = null

  constructor(parts: Parts) {
    this.#parts = parts
    this.#stop = parts.gateway.onChange(() => this.#review(true))
  }

  state(): SelfState {
    return { doubt: this.#doubt, gateway: this.#parts.gateway.gateway }
  }

  get isDoubtful(): boolean {
    return this.#doubt !== null
  }

  /** The gateway answers: then silence is not Crashcart's own. */
  get isGatewayHeard(): boolean {
    return this.#parts.gateway.gateway?.answers.value === true
  }

  onChange(listener: (state: SelfState) => void): Unsubscribe {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Before a new silence is believed: resolves when it is known whether the gateway is silent too. */
  async confirmSilence(): Promise<void> {
    if (this.#parts.gateway.gateway?.answers.value != null) await this.#parts.gateway.look()
  }

  /** Since when each thing that is looked at is silent, null while it answers. */
  reviewSilence(silentSince: readonly (number | null)[]): void {
    this.#isMostSilent = isCutOff(this.#isMostSilent, silentSince)
    this.#review(false)
  }

  close(): void {
    this.#stop()
    this.#listeners.clear()
  }

  #review(hasGatewayChanged: boolean): void {
    const before = this.#doubt
    this.#doubt = this.#doubtNow()
    if (before?.by === this.#doubt?.by && !hasGatewayChanged) return
    for (const listener of this.#listeners) listener(this.state())
  }

  #doubtNow(): Doubt | null {
    const answers = this.#parts.gateway.gateway?.answers
    if (answers?.value === false) return { by: 'gateway', since: answers.since }
    if (!this.#isMostSilent) return null
    return this.#doubt?.by === 'majority' ? this.#doubt : { by: 'majority', since: this.#parts.now() }
  }
}
