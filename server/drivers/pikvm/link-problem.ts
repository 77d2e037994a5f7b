import type { LinkProblem } from '../../contract/state.ts'
import { isAppError } from '../../errors.ts'

/** Why a connection failed, in the words of the state. */
export function linkProblemOf(error: unknown): LinkProblem {
  if (!isAppError(error)) return 'protocol'
  switch (error.code) {
    case 'device/timeout':
    case 'device/busy':
      return 'timeout'
    case 'device/refusedCredentials':
      return 'refusedCredentials'
    case 'device/pinChanged':
      return 'pinChanged'
    case 'device/notApproved':
      return 'notApproved'
    case 'device/unreachable':
      return 'unreachable'
    default:
      return 'protocol'
  }
}
