import { describe, expect, it } from 'vitest'
import { whyKeep, type NewPicture } from '../../server/history/why-keep.ts'

const minute = 60_000
const at = 100 * minute
/** The last one was kept five minutes ago, and nothing has changed since. */
const quiet: NewPicture = {
  pictureAt: at,
  last: { at: at - 5 * minute, until: at - 5 * minute, why: 'time' },
  stateChangedAt: null,
  pictureChangedAt: at - 20 * minute,
  pictureStirredAt: null,
  isUnsure: false,
}
const lastAt = (ago: number) => ({ at: at - ago, until: at - ago, why: 'time' as const })

describe('which pictures are kept', () => {
  it.each<[string, Partial<NewPicture>, ReturnType<typeof whyKeep>]>([
    ['the first one', { last: null }, 'time'],
    ['not one that shows the same', {}, 'same'],
    [
      'not one that shows the same after an hour',
      { last: lastAt(60 * minute), pictureChangedAt: null },
      'same',
    ],
    ['one that changed', { pictureChangedAt: at - minute }, 'picture'],
    ['one that changed too soon, later', { pictureChangedAt: at, last: lastAt(minute - 1) }, 'late'],
    ['one after the machine’s state changed, at once', { stateChangedAt: at - 1, last: lastAt(1) }, 'state'],
    ['none for a state that changed long ago', { stateChangedAt: at - 3 * minute }, 'same'],
    ['none from before the state changed', { stateChangedAt: at + 1 }, 'same'],
    ['one over a new connection, which nobody compared', { isUnsure: true }, 'picture'],
    ['not yet one whose cursor blinks', { pictureStirredAt: at, last: lastAt(10 * minute - 1) }, 'same'],
    ['one every ten minutes whose clock runs', { pictureStirredAt: at, last: lastAt(10 * minute) }, 'time'],
  ])('%s', (_title, change, expected) => {
    expect(whyKeep({ ...quiet, ...change })).toBe(expected)
  })
})
