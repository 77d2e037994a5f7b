import { describe, expect, test, vi } from 'vitest'
import type { Connections, Inventory } from '../../server/domain.ts'
import { blankBmcState } from '../../server/drivers/blank-bmc-state.ts'
import { freshLook } from '../../server/power/fresh-look.ts'

function world(state: { power: 'on' | 'off' | null; observedAt: number }, refresh: () => Promise<void>) {
  const blank = blankBmcState('bmc1', null, 0)
  const power = { value: state.power, observedAt: state.observedAt, since: 0 }
  const bmc = { state: { ...blank, power }, refresh }
  const inventory = { bmcOf: (id: string) => (id === 'node1' ? 'bmc1' : undefined) }
  return {
    inventory: inventory as unknown as Inventory,
    connections: { of: () => ({ bmc }) } as unknown as Connections,
  }
}

describe('a fresh look before a decision', () => {
  test('asks a BMC that was last asked some seconds ago, and waits for the answer', async () => {
    let isAnswered = false
    const refresh = vi.fn(async () => {
      await Promise.resolve()
      isAnswered = true
    })
    await freshLook('node1', world({ power: 'off', observedAt: 1_000 }, refresh), 10_000)
    expect(isAnswered).toBe(true)
  })

  test('does not ask again for what was just told, nor where there is no BMC', async () => {
    const refresh = vi.fn(async () => undefined)
    const parts = world({ power: 'on', observedAt: 9_500 }, refresh)
    await freshLook('node1', parts, 10_000)
    await freshLook('nas1', world({ power: null, observedAt: 0 }, refresh), 10_000)
    expect(refresh).not.toHaveBeenCalled()
  })

  test('waits for a dead BMC no longer than a person would', async () => {
    vi.useFakeTimers()
    const silent = world({ power: 'on', observedAt: 0 }, () => new Promise<void>(() => undefined))
    let isDone = false
    const look = async (): Promise<void> => {
      await freshLook('node1', silent, 10_000)
      isDone = true
    }
    const waiting = look()
    await vi.advanceTimersByTimeAsync(1_400)
    expect(isDone).toBe(false)
    await vi.advanceTimersByTimeAsync(200)
    await waiting
    expect(isDone).toBe(true)
    vi.useRealTimers()
  })
})
