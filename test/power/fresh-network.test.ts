import { describe, expect, it } from 'vitest'
import { withFreshNetwork } from '../../server/power/fresh-network.ts'
import { sightOf, type Sight } from '../../server/power/sight.ts'

const askedAt = 100_000
type Result = 'answers' | 'noAnswer' | null

function world(before: Result) {
  let sight = sightAt(before, askedAt - 9_000)
  return {
    look: () => sight,
    clock: { now: () => askedAt },
    becomes: (result: Result, at: number) => void (sight = sightAt(result, at)),
  }
}
function sightAt(result: Result, observedAt: number): Sight {
  const isHostAlive = result === null ? null : result !== 'noAnswer'
  const check = { checkId: 'nfs', label: 'NFS', result, observedAt, lastGoodAt: null }
  return { ...sightOf(undefined, false), checks: [check], isHostAlive, hostSeenAt: observedAt }
}

describe('whether the network answers just before a press', () => {
  it('is what a check says that ends after it was asked for', async () => {
    const { look, clock, becomes } = world('answers')
    const checkNow = async () => void becomes('answers', askedAt)
    expect(await withFreshNetwork('d1', { observer: { checkNow }, clock }, look)).toMatchObject({
      isHostAlive: true,
      hostSeenAt: askedAt,
    })
  })

  it.each<[title: string, checkNow: () => Promise<undefined>]>([
    ['says nothing new', async () => undefined],
    ['fails', () => Promise.reject(new Error('gone'))],
    ['is late', () => new Promise(() => undefined)],
  ])('is not known when the check %s', async (_title, checkNow) => {
    const { look, clock } = world('answers')
    expect((await withFreshNetwork('d1', { observer: { checkNow }, clock }, look)).isHostAlive).toBeNull()
  })

  it('is not known when the machine does not answer any more', async () => {
    const { look, clock, becomes } = world('answers')
    const checkNow = async () => void becomes('noAnswer', askedAt)
    expect((await withFreshNetwork('d1', { observer: { checkNow }, clock }, look)).isHostAlive).toBeNull()
  })

  it('is not asked where nothing answered before', async () => {
    const { look, clock } = world('noAnswer')
    const checkNow = () => Promise.reject(new Error('must not be asked'))
    expect((await withFreshNetwork('d1', { observer: { checkNow }, clock }, look)).isHostAlive).toBe(false)
  })
})
