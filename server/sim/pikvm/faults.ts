/**
 * What can be wrong with a simulated PiKVM's answers. `match` limits a fault to paths that start with it,
 * `method` to one method, `times` to a number of requests.
 * - `slow`: every answer waits. - `lies`: presses are answered and not made.
 * - `hugeBody`: a JSON body that goes on for `bytes`. - `garbageJson`: 200 and no JSON.
 * - `cutBeforeEffect`: the connection dies when the request has arrived, nothing happens.
 * - `replyLost`: the request takes effect, then the connection dies without an answer.
 * - `cutOnConnect`: the connection dies as soon as TLS stands.
 */
export type PikvmFault = { match?: string; method?: string; times?: number } & (
  | { name: 'slow'; delayMs: number }
  | { name: 'lies' }
  | { name: 'hugeBody'; bytes?: number }
  | { name: 'garbageJson' }
  | { name: 'cutBeforeEffect' }
  | { name: 'replyLost' }
  | { name: 'cutOnConnect' }
)

/** The names of the faults above. */
export type PikvmFaultName = PikvmFault['name']

interface Active {
  fault: PikvmFault
  left: number
}

/** The faults that a simulated PiKVM has now. */
export class PikvmFaults {
  #active: Active[] = []

  /** Adds a fault; the returned function removes it. */
  inject(fault: PikvmFault): () => void {
    const active = { fault, left: fault.times ?? Infinity }
    this.#active.push(active)
    return () => {
      this.#active = this.#active.filter((one) => one !== active)
    }
  }

  clear(): void {
    this.#active = []
  }

  /** True while such a fault is there, without using it up. */
  has(name: PikvmFaultName): boolean {
    return this.#active.some((active) => active.fault.name === name && active.left > 0)
  }

  /** The first fault of that name that fits the request; counts as one use. */
  take<Name extends PikvmFaultName>(
    name: Name,
    request: { method: string; path: string },
  ): Extract<PikvmFault, { name: Name }> | undefined {
    const active = this.#active.find(
      (one) => one.fault.name === name && one.left > 0 && fits(one.fault, request),
    )
    if (!active) return undefined
    active.left -= 1
    return active.fault as Extract<PikvmFault, { name: Name }>
  }
}

function fits(fault: PikvmFault, request: { method: string; path: string }): boolean {
  const methodFits = !fault.method || fault.method === request.method
  return methodFits && (!fault.match || request.path.startsWith(fault.match))
}
