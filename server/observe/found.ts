import { cleanLine } from '../clean-text.ts'
import type { CheckResult, NameProblem } from '../contract/state.ts'

/** What one look at a service found, and what the service said, as one line of plain text. */
export type Found = { result: CheckResult; said: string | null }
/** Nobody was asked: its name leads nowhere. */
export type NotLooked = { result: null; said: null; nameProblem: NameProblem }

const mostSaid = 80

/** The first line of what a device said, fit to be shown; null when there is nothing to show. */
export function saidLine(text: string): string | null {
  const line = cleanLine(text.split(/[\r\n]/, 1)[0]?.trim() ?? '', mostSaid)
  return line === '' ? null : line
}
