import { randomBytes } from 'node:crypto'
import type { LoginPart } from '../contract/inventory.ts'

/** For whom, where and what. */
export type LoginPlace = { userId: string; deviceId: string; part: LoginPart }

const permitMs = 60_000
/** A hold takes 1.2 s, two presses of a key are 400 ms apart: what comes sooner was not held. */
const heldAtLeastMs = 400
/** Of one person; the oldest goes. */
const mostOpen = 8

type Permit = LoginPlace & { nonce: string; issuedAt: number }

/**
 * Permissions to have one part of a machine's login typed: asked for when the finger comes down, good once, for the one
 * who asked, within a minute. They are gone with the process, and nothing is typed then.
 */
export class LoginPermits {
  readonly #now: () => number
  #permits: Permit[] = []

  constructor(now: () => number) {
    this.#now = now
  }

  issue(place: LoginPlace): { nonce: string; expiresAt: number } {
    const issuedAt = this.#now()
    const nonce = randomBytes(16).toString('base64url')
    const alive = this.#permits.filter((permit) => issuedAt - permit.issuedAt < permitMs)
    const others = alive.filter(({ userId }) => userId !== place.userId)
    const own = alive.filter(({ userId }) => userId === place.userId).slice(1 - mostOpen)
    this.#permits = [...others, ...own, { ...place, nonce, issuedAt }]
    return { nonce, expiresAt: issuedAt + permitMs }
  }

  /** True once for a permit of this place that was held long enough; whatever the answer, it is used up. */
  spend(nonce: string, { userId, deviceId, part }: LoginPlace): boolean {
    const permit = this.#permits.find((one) => one.nonce === nonce)
    if (permit === undefined) return false
    this.#permits = this.#permits.filter((one) => one !== permit)
    const ageMs = this.#now() - permit.issuedAt
    const isInTime = ageMs >= heldAtLeastMs && ageMs < permitMs
    return isInTime && permit.userId === userId && permit.deviceId === deviceId && permit.part === part
  }
}
