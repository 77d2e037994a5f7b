import { expect, test } from 'vitest'
import type { ApiErrorCode } from '../../../web/api/api-error.ts'
import { nextStepOf, refusalText } from '../../../web/features/power/refusal-text.ts'
import { en, ja } from '../../../web/features/power/words.ts'

const format = { begun: () => '', ago: () => '' }
const said = (code: ApiErrorCode, words: typeof en): string | null =>
  refusalText({ code, details: {}, verb: 'reset', name: 'nas1', state: undefined }, words, format)

test.each(['link/lost', 'link/timeout', 'link/foreign', 'server/internal'] as const)(
  'a look that ends in %s says that nothing was sent, and can be made again',
  (code) => {
    expect(said(code, en)).toContain('Nothing was sent')
    expect(said(code, ja)).toContain('何も送っていません')
    expect(nextStepOf(code)).toBe('checkAgain')
  },
)
