import { IpmiBackoffError, IpmiCommandError, isIpmiError } from 'node-ipmi'
import type { ErrorCode } from '../../contract/errors.ts'
import type { LinkProblem } from '../../contract/state.ts'
import { AppError, isAppError } from '../../errors.ts'

/** Completion code of a command for which the session's privilege does not do. */
const insufficientPrivilege = 0xd4

/** What went wrong with a BMC, as an error whose code crosses the wire. Our own errors stay as they are. */
export function deviceError(error: unknown): AppError {
  if (isAppError(error)) return error
  const message = error instanceof Error ? error.message : 'The BMC did not do it.'
  return new AppError(codeOf(error), message, { cause: error })
}

function codeOf(error: unknown): ErrorCode {
  // What is not the library's own is the caller's time limit.
  if (!isIpmiError(error)) return 'device/timeout'
  if (error instanceof IpmiBackoffError) return 'device/refusedCredentials'
  if (error instanceof IpmiCommandError) {
    return error.completionCode === insufficientPrivilege ? 'device/refusedCredentials' : 'device/unsupported'
  }
  switch (error.code) {
    case 'ipmi/unreachable':
    case 'ipmi/closed':
    case 'ipmi/session-lost':
      return 'device/unreachable'
    case 'ipmi/timeout':
      return 'device/timeout'
    case 'ipmi/refused-credentials':
      return 'device/refusedCredentials'
    case 'ipmi/busy':
      return 'device/busy'
    case 'ipmi/unsupported':
      return 'device/unsupported'
    case 'ipmi/bad-option':
      return 'request/invalid'
    default:
      return 'device/protocol'
  }
}

/** Why a BMC cannot be talked to, in the words of the state. */
export function linkProblemOf(error: unknown): LinkProblem {
  switch (deviceError(error).code) {
    case 'device/unreachable':
      return 'unreachable'
    case 'device/timeout':
    case 'device/busy':
      return 'timeout'
    case 'device/refusedCredentials':
    case 'request/invalid':
      return 'refusedCredentials'
    default:
      return 'protocol'
  }
}
