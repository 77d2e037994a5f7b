import { IpmiCommandError, IpmiRefusedError, isPassingCode } from 'node-ipmi'

/** True when the BMC will not do this later either: it lacks it, or our user may not. */
export function isLastingRefusal(error: unknown): boolean {
  if (error instanceof IpmiCommandError) return !isPassingCode(error.completionCode)
  return error instanceof IpmiRefusedError && error.reason === 'privilege'
}
