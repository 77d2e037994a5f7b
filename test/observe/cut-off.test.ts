import { describe, expect, it } from 'vitest'
import { isCutOff } from '../../server/observe/cut-off.ts'

describe('being cut off', () => {
  it.each([
    ['nothing is silent', [null, null, null], false],
    ['too few to tell', [0, 0], false],
    ['half is not more than half', [0, 0, null, null], false],
    ['more than half at once', [0, 10_000, 30_000, null, null], true],
    ['more than half, but one after another', [0, 20_000, 40_000, null, null], false],
    [
      '8 of 15 machines beside 13 PiKVMs that answer',
      [...Array<number>(8).fill(0), ...Array<null>(20).fill(null)],
      false,
    ],
    [
      '14 of 15 machines and a PiKVM of 13',
      [...Array<number>(15).fill(0), ...Array<null>(13).fill(null)],
      true,
    ],
    ['an old silence beside a sudden one', [0, 500_000, 510_000, 520_000, null], true],
  ])('%s', (_title, silentSince, expected) => {
    expect(isCutOff(false, silentSince)).toBe(expected)
  })

  it('lasts until half of all answer again, whenever they went silent', () => {
    expect(isCutOff(true, [0, 400_000, 900_000, null, null])).toBe(true)
    expect(isCutOff(true, [0, 400_000, null, null, null])).toBe(false)
  })
})
