import { describe, expect, it } from 'vitest'
import MiddleText from '../../../web/ui/MiddleText.vue'
import { saidBy } from '../said-by.ts'

/** The part that may be cut and the part that stays, with a space between. */
const parts = (text: string, tail?: number): Promise<string> => saidBy(MiddleText, { text, tail })

describe('a name that may lose its middle', () => {
  it('keeps its last letters', async () => {
    expect(await parts('storage-node-0017')).toBe('storage-nod e-0017')
    expect(await parts('nas1')).toBe('nas1')
  })

  it('keeps half as many Japanese ones, which are twice as wide', async () => {
    expect(await parts('Garage shelves 棚2・左から1番目', 12)).toBe('Garage shelves 棚2・ 左から1番目')
    expect(await parts('左から1番目', 12)).toBe('左から1番目')
  })
})
