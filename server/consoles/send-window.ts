/** Never more than this on its way to one viewer, so that many frozen viewers cannot fill the memory. */
const maxWindowBytes = 2_000_000
/** A little over the bandwidth-delay product keeps the link busy between acknowledgements. */
const gain = 1.25
const samplesKept = 8
const minRttLifetimeMs = 60_000
/** What arrives in less than a packet or two says nothing about the link's rate. */
const smallestSampleBytes = 2_000
const rateLifetimeMs = 20_000

type InFlight = { endBytes: number; bytes: number; sentAt: number }
type Sample = { bytes: number; busyMs: number }

/**
 * How much may be on its way to one viewer, from its acknowledgements: about delivery rate × minimum round trip, and
 * always at least one message. On a fast link with a long round trip several frames travel at once; on a slow one a
 * second frame never queues behind the first, so that what arrives is never older than its own transfer. Pure: the
 * caller brings the time.
 */
export class SendWindow {
  #inFlight: InFlight[] = []
  #sentBytes = 0
  #ackedBytes = 0
  #lastAckAt = 0
  #samples: Sample[] = []
  #sampledAt = 0
  #minRtt: { ms: number; at: number } | null = null

  get inFlightBytes(): number {
    return this.#sentBytes - this.#ackedBytes
  }

  /** When the oldest message that is not yet acknowledged was sent; null when all are. */
  get oldestSentAt(): number | null {
    return this.#inFlight[0]?.sentAt ?? null
  }

  /** The smallest round trip of late, ms; null before one was measured. */
  get minRttMs(): number | null {
    return this.#minRtt?.ms ?? null
  }

  /** The measured rate of delivery; null when it was not measured of late. */
  bytesPerMs(now: number): number | null {
    const busyMs = this.#samples.reduce((sum, sample) => sum + sample.busyMs, 0)
    if (busyMs === 0 || now - this.#sampledAt > rateLifetimeMs) return null
    return this.#samples.reduce((sum, sample) => sum + sample.bytes, 0) / busyMs
  }

  /** The bytes that may be on their way before another message is added; 0 = one message at a time. */
  get limitBytes(): number {
    const busyMs = this.#samples.reduce((sum, sample) => sum + sample.busyMs, 0)
    if (busyMs === 0 || this.#minRtt === null) return 0
    const bytes = this.#samples.reduce((sum, sample) => sum + sample.bytes, 0)
    return Math.min(maxWindowBytes, (bytes / busyMs) * this.#minRtt.ms * gain)
  }

  /** Whether one more message may be sent now. */
  get isOpen(): boolean {
    return this.inFlightBytes === 0 || this.inFlightBytes <= this.limitBytes
  }

  /** A message of this size was handed to the socket. */
  sent(bytes: number, at: number): void {
    this.#sentBytes += bytes
    this.#inFlight.push({ endBytes: this.#sentBytes, bytes, sentAt: at })
  }

  /** The viewer has received `totalBytes` since the socket opened. What was never sent cannot be acknowledged. */
  acknowledged(totalBytes: number, at: number): void {
    const total = Math.min(totalBytes, this.#sentBytes)
    if (total <= this.#ackedBytes) return
    this.#ackedBytes = total
    const arrived = this.#inFlight.filter((message) => message.endBytes <= total)
    this.#inFlight = this.#inFlight.slice(arrived.length)
    const first = arrived[0]
    if (first === undefined) return
    this.#measure(first.sentAt, arrived, at)
    this.#lastAckAt = at
  }

  /** A round trip of something small was measured while no message was on its way. */
  roundTrip(ms: number, at: number): void {
    const current = this.#minRtt
    const isExpired = current !== null && at - current.at > minRttLifetimeMs
    if (current === null || isExpired || ms <= current.ms) this.#minRtt = { ms: Math.max(1, ms), at }
  }

  #measure(firstSentAt: number, arrived: readonly InFlight[], at: number): void {
    if (this.#minRtt === null) return
    const newestRttMs = at - (arrived.at(-1)?.sentAt ?? at)
    if (newestRttMs < this.#minRtt.ms) this.roundTrip(newestRttMs, at)
    // The link could begin on these when the ones before had arrived, or one round trip before their acknowledgement.
    const busyMs = Math.max(1, at - Math.max(this.#lastAckAt, firstSentAt + this.#minRtt.ms))
    const bytes = arrived.reduce((sum, message) => sum + message.bytes, 0)
    if (bytes < smallestSampleBytes) return
    this.#sampledAt = at
    this.#samples = [...this.#samples.slice(1 - samplesKept), { bytes, busyMs }]
  }
}
