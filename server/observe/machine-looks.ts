import { hasPassed } from '../clock/has-passed.ts'
import type { Check } from '../contract/inventory.ts'
import type { CheckState, NameProblem, NetState, Observed } from '../contract/state.ts'
import { blankNet } from './blank-net.ts'
import { checkIdOf } from './check-id.ts'
import type { Found, NotLooked } from './found.ts'
import type { PingAnswer } from './ping.ts'

export type MachineLooksParts = {
  /** Runs one check to its end within its limit; never throws. */
  look(check: Check): Promise<Found | NotLooked>
  /** Never throws. */
  ping(address: string): Promise<PingAnswer>
  /** Resolves when it is known whether a silence that was just met may be Crashcart's own. */
  confirmSilence(): Promise<void>
  now(): number
}
type Entry = { check: Check; state: CheckState }

/** A machine that answers is pinged this often: each ping is a process. */
const pingEveryMs = 60_000
/** Of a machine that does not answer, a ping this young is not repeated. */
const pingFreshMs = 5000

/**
 * One machine's checks and ping: runs them side by side, none waiting for another, and keeps what each found and since
 * when. `onFound` is called after each.
 */
export class MachineLooks {
  readonly #parts: MachineLooksParts
  readonly #onFound: () => void
  #entries = new Map<string, Entry>()
  /** By check: those that are under way. */
  readonly #running = new Map<string, Promise<void>>()
  #pinging: Promise<void> | null = null
  #net: NetState

  constructor(parts: MachineLooksParts, onFound: () => void) {
    this.#parts = parts
    this.#onFound = onFound
    this.#net = blankNet(parts.now())
  }

  /** Takes these checks up; what is known of those that stay is kept. False when all of them were there. */
  set(checks: readonly Check[]): boolean {
    const before = this.#entries
    this.#entries = new Map(checks.map((check) => [checkIdOf(check), this.#entryOf(check, before)]))
    const address = checks[0]?.address ?? null
    if (address !== this.#net.address) this.#net = blankNet(this.#parts.now(), address)
    else this.#noteConnect()
    return before.size !== this.#entries.size || [...this.#entries.keys()].some((id) => !before.has(id))
  }

  get hasChecks(): boolean {
    return this.#entries.size > 0
  }

  get checks(): CheckState[] {
    return [...this.#entries.values()].map(({ state }) => state)
  }

  /** What the health is judged by. */
  get findings(): { kind: Check['kind']; result: CheckState['result']['value'] }[] {
    return [...this.#entries.values()].map(({ check, state }) => ({
      kind: check.kind,
      result: state.result.value,
    }))
  }

  /** Why nobody could be asked, when that is so of every check. */
  get nameProblem(): NameProblem | null {
    const problems = this.checks.map(({ nameProblem }) => nameProblem)
    return problems.every((problem) => problem !== undefined) ? (problems[0] ?? null) : null
  }

  get net(): NetState {
    return this.#net
  }

  /** Whether ping answers, when that is not much older than the newest check. */
  get freshPing(): boolean | null {
    const newest = Math.max(0, ...this.checks.map(({ result }) => result.observedAt))
    return this.#net.ping.observedAt >= newest - 2 * pingFreshMs ? this.#net.ping.value : null
  }

  /** Every check was made once, or could not be. */
  get isLooked(): boolean {
    return this.checks.every(({ result, nameProblem }) => result.value !== null || nameProblem !== undefined)
  }

  /** Since when no check gets any answer; null while one does, undefined before the first look. */
  get silentSince(): number | null | undefined {
    const results = this.checks.map(({ result }) => result).filter(({ value }) => value !== null)
    if (results.length === 0) return undefined
    if (results.some(({ value }) => value !== 'noAnswer')) return null
    return Math.max(...results.map(({ since }) => since))
  }

  /** Makes each check once, and resolves when all have ended; one that is under way is joined. */
  async look(): Promise<void> {
    const { value, observedAt } = this.#net.ping
    if (value === null || hasPassed(observedAt, this.#parts.now(), pingEveryMs)) this.#startPing()
    await Promise.all([...this.#entries].map(([id, { check }]) => this.#lookOrJoin(id, check)))
  }

  /** Pings now, unless that was just done or is under way; resolves at once. */
  pingNow(): void {
    this.#startPing()
  }

  /** Resolves when nothing is under way. */
  async settled(): Promise<void> {
    await Promise.all(this.#running.values())
    await this.#pinging
  }

  #lookOrJoin(checkId: string, check: Check): Promise<void> {
    const underWay = this.#running.get(checkId)
    if (underWay !== undefined) return underWay
    const look = this.#lookOnce(checkId, check).finally(() => this.#running.delete(checkId))
    this.#running.set(checkId, look)
    return look
  }

  async #lookOnce(checkId: string, check: Check): Promise<void> {
    const found = await this.#parts.look(check)
    const { result: value, said } = found
    const isSilent = value === 'noAnswer'
    if (isSilent) this.#startPing()
    if (isSilent && this.#entries.get(checkId)?.state.result.value !== value) {
      await this.#parts.confirmSilence()
    }
    const entry = this.#entries.get(checkId)
    if (entry === undefined) return
    const { nameProblem: _before, ...state } = entry.state
    const { result, lastGoodAt } = state
    const next = observedNow(result, value, this.#parts.now())
    const isGood = value === 'answers'
    entry.state = {
      ...state,
      result: next,
      said,
      lastGoodAt: isGood ? next.observedAt : lastGoodAt,
      ...('nameProblem' in found && { nameProblem: found.nameProblem }),
    }
    this.#noteConnect()
    this.#onFound()
  }

  /** In the background: a ping that hangs holds no check up. */
  #startPing(): void {
    const { address, ping } = this.#net
    if (address === null || this.#pinging !== null) return
    if (ping.value !== null && !hasPassed(ping.observedAt, this.#parts.now(), pingFreshMs)) return
    this.#pinging = this.#ping(address).finally(() => (this.#pinging = null))
  }

  async #ping(address: string): Promise<void> {
    const answer = await this.#parts.ping(address)
    if (this.#net.address !== address) return
    const isKnown = typeof answer === 'boolean'
    this.#net = {
      ...this.#net,
      ping: observedNow(this.#net.ping, isKnown ? answer : null, this.#parts.now()),
      pingProblem: isKnown ? null : answer,
    }
    this.#onFound()
  }

  #noteConnect(): void {
    const known = this.checks.map(({ result }) => result).filter(({ value }) => value !== null)
    if (known.length === 0) return
    const value = known.every(({ value }) => value === 'noAnswer')
      ? 'noAnswer'
      : known.every(({ value }) => value === 'noAnswer' || value === 'refused')
        ? 'refuses'
        : 'accepts'
    const at = Math.max(...known.map(({ observedAt }) => observedAt))
    this.#net = { ...this.#net, connect: observedNow(this.#net.connect, value, at) }
  }

  #entryOf(check: Check, before: ReadonlyMap<string, Entry>): Entry {
    const checkId = checkIdOf(check)
    const now = this.#parts.now()
    const fresh: CheckState = {
      checkId,
      label: check.label,
      result: { value: null, observedAt: now, since: now },
      said: null,
      lastGoodAt: null,
    }
    return { check, state: { ...(before.get(checkId)?.state ?? fresh), label: check.label } }
  }
}

function observedNow<T>(before: Observed<T>, value: T | null, observedAt: number): Observed<T> {
  if (before.value === value) return { ...before, observedAt }
  const isFirst = before.value === null
  return { value, observedAt, since: observedAt, ...(isFirst && { maybeLonger: true }) }
}
