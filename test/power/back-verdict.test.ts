import { expect, test } from 'vitest'
import { newActionState, planOf, type ActionState } from '../../server/power/action-state.ts'
import { decideBack } from '../../server/power/back-verdict.ts'
import { sightOf, type SeenCheck } from '../../server/power/sight.ts'

const restartedAt = 100_000
const nfs: SeenCheck = {
  checkId: 'nfs',
  label: 'NFS',
  result: 'answers',
  observedAt: restartedAt - 1,
  lastGoodAt: restartedAt - 1,
}
/** A reset that was pressed at 97 s and seen to restart the machine at 100 s; these are its checks now. */
function restarted(checks: SeenCheck[]): ActionState {
  const before = { ...sightOf(undefined, false), checks: [nfs, { ...nfs, checkId: 'ssh', label: 'SSH' }] }
  const plan = planOf('reset', { wiring: 'atx', target: 'atx' }, before, null, 97_000)
  return {
    ...newActionState(plan, before, 97_000),
    mode: 'watching',
    pressedAt: 97_000,
    effect: 'restarted',
    effectAt: restartedAt,
    back: 'waiting',
    sight: { ...before, checks },
  }
}
const backOf = (...checks: SeenCheck[]) => decideBack(restarted(checks), restartedAt + 5_000).state.back
const ssh = { ...nfs, checkId: 'ssh', label: 'SSH' }
const later = { observedAt: restartedAt + 1 }

test('a check that was made before the restart was seen says nothing of being back', () => {
  expect(backOf(nfs, ssh)).toBe('waiting')
  expect(backOf({ ...nfs, ...later }, { ...ssh, ...later })).toBe('back')
})

test('all checks that answered of late must answer again', () => {
  expect(backOf({ ...nfs, ...later }, { ...ssh, ...later, result: 'noAnswer' })).toBe('waiting')
  expect(backOf({ ...nfs, ...later }, ssh)).toBe('waiting')
})
