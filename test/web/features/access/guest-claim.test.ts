import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { guestJoinBody } from '../../../../server/contract/guest.ts'
import { claimFor, hasClaimFor } from '../../../../web/features/access/guest-claim.ts'

const [one, other] = ['A'.repeat(43), 'B'.repeat(43)]
let kept: Map<string, string>

beforeEach(() => {
  kept = new Map()
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  })
})
afterEach(() => vi.unstubAllGlobals())

describe('this browser’s secret for a guest link', () => {
  it('has the form that the server takes, and is the same when Join is tapped again', () => {
    const claim = claimFor(one)
    expect(guestJoinBody.parse({ token: one, name: 'Mia', claim }).claim).toBe(claim)
    expect(claimFor(one)).toBe(claim)
    expect(hasClaimFor(one)).toBe(true)
  })

  it('is another one for another link, and is not sent for the former any more', () => {
    const claim = claimFor(one)
    expect(claimFor(other)).not.toBe(claim)
    expect(hasClaimFor(one)).toBe(false)
  })

  it('keeps too little of the link to join by', () => {
    claimFor(one)
    expect([...kept.values()].join()).not.toContain(one.slice(0, 9))
  })

  it('works without storage, or with something else there', () => {
    kept.set('crashcart.guest', '{"link":7}')
    expect(hasClaimFor(one)).toBe(false)
    vi.stubGlobal('localStorage', undefined)
    expect(claimFor(one)).toMatch(/^[\w-]{43}$/)
    expect(hasClaimFor(one)).toBe(false)
  })
})
