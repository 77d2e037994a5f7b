import { describe, expect, it } from 'vitest'
import { Lane } from '../../server/observe/lane.ts'

describe('lane', () => {
  it('runs no more at once than its width, all of them, in order, failures included', async () => {
    const lane = new Lane(2)
    let running = 0
    let most = 0
    const order: number[] = []
    const results = await Promise.allSettled(
      [0, 1, 2, 3, 4].map((index) =>
        lane.run(async () => {
          order.push(index)
          most = Math.max(most, ++running)
          await Promise.resolve()
          running--
          if (index === 1) throw new Error('one fails')
        }),
      ),
    )
    expect(most).toBe(2)
    expect(order).toEqual([0, 1, 2, 3, 4])
    expect(results.filter((result) => result.status === 'rejected')).toHaveLength(1)
  })
})
