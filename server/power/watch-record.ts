import type { ActionState } from './action-state.ts'
import type { PressTarget } from './press.ts'

type WatchRecord = { version: 4; state: ActionState; target: PressTarget }

/** What the journal keeps beside the action, so that watching can be taken up by the next process. */
export function packWatch(state: ActionState, target: PressTarget): string {
  return JSON.stringify({ version: 4, state, target } satisfies WatchRecord)
}

/** Reads it back; null when it was written by a program that kept it otherwise. */
export function unpackWatch(watch: string | null): Pick<WatchRecord, 'state' | 'target'> | null {
  if (watch === null) return null
  const record = JSON.parse(watch) as WatchRecord
  return record.version === 4 ? record : null
}
