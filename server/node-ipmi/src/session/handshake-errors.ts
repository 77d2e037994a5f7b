import { IpmiBusyError, type IpmiError, IpmiRefusedError, IpmiUnsupportedError } from '../errors.ts'
import { describeRakpStatus, rakpStatus } from '../wire/rakp.ts'

/** What an error status in the Open Session Response means. */
export function openSessionError(status: number, suite: number): IpmiError {
  const words = describeRakpStatus(status)
  if (status === rakpStatus.insufficientResources || status === rakpStatus.insufficientResourcesAtRole) {
    return new IpmiBusyError(
      'open session',
      'sessions',
      `The BMC has no free session (${words}); try again later`,
    )
  }
  if (status === rakpStatus.invalidRole || status === rakpStatus.unauthorizedRole) {
    return new IpmiRefusedError(
      'open session',
      'privilege',
      `The BMC refused the privilege asked for: ${words}`,
    )
  }
  return new IpmiUnsupportedError('open session', `The BMC refused cipher suite ${suite}: ${words}`)
}

/** What an error status in RAKP 2 means. */
export function rakp2Error(status: number): IpmiError {
  const words = describeRakpStatus(status)
  if (status === rakpStatus.unauthorizedName || status === rakpStatus.invalidNameLength) {
    return new IpmiRefusedError('RAKP 1', 'unknown-user', `The BMC refused the user name: ${words}`)
  }
  if (status === rakpStatus.unauthorizedRole || status === rakpStatus.invalidRole) {
    return new IpmiRefusedError(
      'RAKP 1',
      'privilege',
      `The BMC refused the privilege for this user: ${words}`,
    )
  }
  if (status === rakpStatus.insufficientResources || status === rakpStatus.insufficientResourcesAtRole) {
    return new IpmiBusyError('RAKP 1', 'sessions', `The BMC has no free session (${words}); try again later`)
  }
  return new IpmiRefusedError(
    'RAKP 1',
    'refused',
    `The BMC refused RAKP 1 (user name or privilege): ${words}`,
  )
}

/** What an error status in RAKP 4 means. */
export function rakp4Error(status: number): IpmiError {
  const words = describeRakpStatus(status)
  const reason = status === rakpStatus.invalidCheckValue ? 'wrong-password' : 'refused'
  return new IpmiRefusedError('RAKP 3', reason, `The BMC refused our proof of the password: ${words}`)
}
