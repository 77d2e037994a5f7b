/** The step of the conversation in which something went wrong, in the words of the specification. */
export type IpmiStep =
  | 'options'
  | 'look-up'
  | 'presence ping'
  | 'channel authentication capabilities'
  | 'open session'
  | 'RAKP 1'
  | 'RAKP 3'
  | 'set session privilege'
  | 'command'
  | 'activate SOL'
  | 'SOL'
  | 'close'

/** Why a BMC did not let us in. */
export type RefusalReason = 'unknown-user' | 'wrong-password' | 'wrong-kg' | 'privilege' | 'refused'

/** Base of every error this package throws; `code` is literal and stable, `step` says where it happened. */
export abstract class IpmiError extends Error {
  abstract readonly code: string
  readonly step: IpmiStep

  constructor(step: IpmiStep, message: string, options?: ErrorOptions) {
    super(message, options)
    this.step = step
    this.name = new.target.name
  }
}

/** An option given by the caller cannot work (too long a password, an unknown cipher suite). */
export class IpmiOptionError extends IpmiError {
  readonly code = 'ipmi/bad-option'
  readonly option: string

  constructor(option: string, why: string) {
    super('options', `Option ${option}: ${why}`)
    this.option = option
  }
}

/** No answer within the time allowed. `attempts` counts datagrams sent, retransmissions included. */
export class IpmiTimeoutError extends IpmiError {
  readonly code = 'ipmi/timeout'
  readonly attempts: number
  readonly elapsedMs: number

  constructor(step: IpmiStep, attempts: number, elapsedMs: number, hint: string) {
    super(step, `No answer at step "${step}" after ${attempts} datagrams in ${elapsedMs} ms. ${hint}`)
    this.attempts = attempts
    this.elapsedMs = elapsedMs
  }
}

/** The network said that nothing can be reached there (name not found, port or host unreachable). */
export class IpmiUnreachableError extends IpmiError {
  readonly code = 'ipmi/unreachable'
}

/** The BMC refused the user, the password, the K_g key or the privilege asked for. */
export class IpmiRefusedError extends IpmiError {
  readonly code = 'ipmi/refused-credentials'
  readonly reason: RefusalReason

  constructor(step: IpmiStep, reason: RefusalReason, message: string) {
    super(step, message)
    this.reason = reason
  }
}

/** The BMC has no free session, or its one console is taken by somebody else. */
export class IpmiBusyError extends IpmiError {
  readonly code = 'ipmi/busy'
  readonly what: 'sessions' | 'sol'

  constructor(step: IpmiStep, what: 'sessions' | 'sol', message: string) {
    super(step, message)
    this.what = what
  }
}

/** What arrived does not follow the specification, or was cut short. */
export class IpmiProtocolError extends IpmiError {
  readonly code = 'ipmi/protocol'
}

/** An answer whose algorithms or authentication code were not what was asked: a faulty BMC, or somebody between. */
export class IpmiTamperedError extends IpmiError {
  readonly code = 'ipmi/tampered'
}

/** The BMC has no such function: no RMCP+, none of our cipher suites, no SOL. */
export class IpmiUnsupportedError extends IpmiError {
  readonly code = 'ipmi/unsupported'
}

/** A command was answered with a completion code other than 0. */
export class IpmiCommandError extends IpmiError {
  readonly code = 'ipmi/completion-code'
  readonly command: string
  readonly completionCode: number

  constructor(command: string, completionCode: number, meaning: string) {
    const hex = completionCode.toString(16).padStart(2, '0')
    super('command', `The BMC answered "${command}" with completion code 0x${hex}: ${meaning}`)
    this.command = command
    this.completionCode = completionCode
  }
}

/** The BMC no longer knows our session, or the stream was ended by the other side. */
export class IpmiSessionLostError extends IpmiError {
  readonly code = 'ipmi/session-lost'
}

/** The client or stream was closed by its owner. */
export class IpmiClosedError extends IpmiError {
  readonly code = 'ipmi/closed'
}

/** A refusal just happened: no new attempt before `retryAtMs` (clock of the client), so that accounts are not locked. */
export class IpmiBackoffError extends IpmiError {
  readonly code = 'ipmi/backing-off'
  readonly retryAtMs: number

  constructor(retryAtMs: number, waitMs: number, cause: IpmiError) {
    super(
      cause.step,
      `Not trying again for ${Math.ceil(waitMs / 1000)} s, because the last attempt was refused: ${cause.message}`,
      { cause },
    )
    this.retryAtMs = retryAtMs
  }
}

/** True for every error of this package. */
export function isIpmiError(error: unknown): error is IpmiError {
  return error instanceof IpmiError
}
