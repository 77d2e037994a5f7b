import { effectScope, nextTick, shallowRef, type EffectScope } from 'vue'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  isSameOrder,
  keepOrder,
  useHeldOrder,
  type Slot,
} from '../../../../web/features/triage/held-order.ts'

const slots = (text: string): Slot[] =>
  text.split(' ').map((deviceId) => ({ deviceId, isFolded: false, under: null }))
const ids = (list: readonly Slot[]) => list.map((slot) => slot.deviceId).join(' ')

describe('keeping an order', () => {
  it('keeps shown rows where they are, drops what is gone, puts new ones last', () => {
    expect(ids(keepOrder(slots('a b c'), slots('n c a')))).toBe('a c n')
  })

  it('sees a row that crossed the fold as a change', () => {
    expect(isSameOrder(slots('a b'), slots('a b'))).toBe(true)
    expect(isSameOrder(slots('a b'), slots('b a'))).toBe(false)
    expect(isSameOrder(slots('a'), [{ deviceId: 'a', isFolded: true, under: null }])).toBe(false)
    expect(isSameOrder(slots('a'), [{ deviceId: 'a', isFolded: false, under: 'b' }])).toBe(false)
    expect(isSameOrder(slots('a'), slots('a b'))).toBe(false)
  })
})

describe('holding an order under a finger', () => {
  let page: EventTarget & { scrollY: number }
  let scope: EffectScope

  beforeEach(() => {
    vi.useFakeTimers()
    page = Object.assign(new EventTarget(), { scrollY: 0 })
    vi.stubGlobal('window', page)
    scope = effectScope()
  })
  afterEach(() => {
    scope.stop()
    vi.unstubAllGlobals()
    vi.useRealTimers()
  })
  function hold(first: string) {
    const wanted = shallowRef<readonly Slot[]>(slots(first))
    const held = scope.run(() => useHeldOrder(wanted))
    if (!held) throw new Error('no scope')
    return { wanted, ...held }
  }

  it('moves rows only after 2 s and says so meanwhile', async () => {
    const { wanted, shown, isChanged } = hold('a b')
    wanted.value = slots('b a')
    await nextTick()
    expect([ids(shown.value), isChanged.value]).toEqual(['a b', true])
    vi.advanceTimersByTime(1999)
    expect(ids(shown.value)).toBe('a b')
    vi.advanceTimersByTime(1)
    expect([ids(shown.value), isChanged.value]).toEqual(['b a', false])
  })

  it('waits 2 s from the last touch', async () => {
    const { wanted, shown } = hold('a b')
    wanted.value = slots('b a')
    await nextTick()
    vi.advanceTimersByTime(1500)
    page.dispatchEvent(new Event('pointerdown'))
    vi.advanceTimersByTime(1500)
    expect(ids(shown.value)).toBe('a b')
    vi.advanceTimersByTime(500)
    expect(ids(shown.value)).toBe('b a')
  })

  it('shows the newest of several orders, without starting the wait anew', async () => {
    const { wanted, shown } = hold('a b c')
    wanted.value = slots('b a c')
    await nextTick()
    vi.advanceTimersByTime(1500)
    wanted.value = slots('c b a')
    await nextTick()
    vi.advanceTimersByTime(500)
    expect(ids(shown.value)).toBe('c b a')
  })

  it('goes on pointing up while the top is out of sight', async () => {
    const { wanted, isChanged, accept } = hold('a b')
    page.scrollY = 500
    wanted.value = slots('b a')
    await nextTick()
    vi.advanceTimersByTime(2000)
    expect(isChanged.value).toBe(true)
    accept()
    expect(isChanged.value).toBe(false)
  })

  it('moves at once when the person asks for it', async () => {
    const { wanted, shown, accept } = hold('a b')
    wanted.value = slots('b a')
    await nextTick()
    accept()
    expect(ids(shown.value)).toBe('b a')
  })

  it('drops a removed machine at once and forgets a change that went back', async () => {
    const { wanted, shown } = hold('a b c')
    wanted.value = slots('c a')
    await nextTick()
    expect(ids(shown.value)).toBe('a c')
    wanted.value = slots('a c')
    await nextTick()
    vi.advanceTimersByTime(5000)
    expect(ids(shown.value)).toBe('a c')
  })
})
