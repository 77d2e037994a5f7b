import { IpmiCommandError } from '../errors.ts'

/**
 * What became of a command that changes something.
 * `notSent`: nothing happened (nothing left this machine, or the BMC refused it in so many words);
 * `acknowledged`: the BMC said that it carries it out; `unknown`: it was sent, and may or may not have been done.
 */
export type ActionResult =
  | { outcome: 'acknowledged'; atMs: number }
  | { outcome: 'notSent' | 'unknown'; atMs: number; reason: string; error: unknown }

/** Completion codes after which the command may have been carried out all the same. */
const ambiguousCodes: readonly number[] = [0xc3, 0xce, 0xcf, 0xff]

/** Sorts a failure into what it means for the machine. `wasSent` counts the action's own datagram only. */
export function failedAction(error: unknown, wasSent: boolean, atMs: number): ActionResult {
  const reason = error instanceof Error ? error.message : String(error)
  const isRefusal = error instanceof IpmiCommandError && !ambiguousCodes.includes(error.completionCode)
  return { outcome: wasSent && !isRefusal ? 'unknown' : 'notSent', atMs, reason, error }
}
