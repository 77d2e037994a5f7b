import type { SelfState } from '../../server/contract/state.ts'
import { OwnNetwork } from '../../server/observe/self-watch.ts'

/** A gateway that tests turn on and off; `answers: null` = it was never heard. */
export class FakeGateway {
  gateway: SelfState['gateway'] = null
  /** What the next look finds; undefined: what the last one found. */
  next: boolean | undefined
  looks = 0
  #listener: () => void = () => undefined

  constructor(answers: boolean | null = true) {
    if (answers !== null) this.say(answers)
  }

  say(value: boolean | null, at = 1): void {
    this.gateway = { address: '10.0.0.254', answers: { value, observedAt: at, since: at } }
    this.#listener()
  }

  onChange(listener: () => void): () => void {
    this.#listener = listener
    return () => undefined
  }

  async look(): Promise<void> {
    this.looks++
    if (this.next !== undefined) this.say(this.next)
    this.next = undefined
  }
}

/** Crashcart's own network with a gateway that answers. */
export function wellConnected(now: () => number = Date.now): OwnNetwork {
  return new OwnNetwork({ gateway: new FakeGateway(), now })
}
