import { describe, expect, it } from 'vitest'
import type { CheckState, Observed } from '../../../server/contract/state.ts'
import { machineLine } from '../../../web/features/power/machine-line.ts'
import { en, ja } from '../../../web/features/power/words.ts'
import { en as core } from '../../../web/locales/en.ts'
import { ja as coreJa } from '../../../web/locales/ja.ts'
import { observed, state } from '../machines.ts'

const check = (checkId: string, result: CheckState['result']): CheckState => ({
  checkId,
  label: checkId,
  result,
  said: null,
  lastGoodAt: null,
})
const begun =
  ({ time }: Pick<typeof core, 'time'>) =>
  ({ since, maybeLonger }: Observed<unknown>) =>
    maybeLonger ? time.orLonger(String(since)) : String(since)

describe('what the power sheet says of a machine', () => {
  it('is since when nothing answers, or that nobody saw it begin', () => {
    const lost = state('nas1', {
      checks: [check('ssh', observed('noAnswer', 5)), check('nfs', observed('noAnswer', 9))],
    })
    expect(machineLine(lost, en, begun(core))).toBe('Power not known. No network since 9.')
    const found = state('nas1', { checks: [check('ssh', { ...observed('noAnswer', 5), maybeLonger: true })] })
    expect(machineLine(found, en, begun(core))).toBe('Power not known. No network since 5 or longer.')
    expect(machineLine(found, ja, begun(coreJa))).toBe('電源不明。5以前からネットワークなし。')
  })
})
