import { completionCode } from '../commands/command.ts'
import { IpmiCommandError, IpmiRefusedError } from '../errors.ts'
import type { Privilege } from '../session/privilege.ts'

/** Passes over an answer with a completion code; everything else is thrown on. */
export function ignoreCode(error: unknown): void {
  // Not there any more, or not ours to close: either way there is nothing left to do.
  if (!(error instanceof IpmiCommandError)) throw error
}

/** Says of a refused Set Session Privilege Level that the user may not have it; other errors stay as they are. */
export function asPrivilegeError(error: unknown, needed: Privilege): unknown {
  const isLimit =
    error instanceof IpmiCommandError &&
    [0x80, 0x81, completionCode.insufficientPrivilege].includes(error.completionCode)
  if (!isLimit) return error
  return new IpmiRefusedError(
    'set session privilege',
    'privilege',
    `The BMC does not raise this user to ${needed}: ${error.message}`,
  )
}
