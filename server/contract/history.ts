import type { Action } from './power.ts'
import type { CheckResult, HealthCause, HealthState } from './state.ts'

/** Something that became other than it was. Unknown is no value: what was known last stands until it is another. */
export type FactChange =
  /** `otherUntil` as in MachineState. */
  | { fact: 'health'; value: HealthState; cause: HealthCause; otherUntil?: number | null }
  | { fact: 'power'; value: 'on' | 'off' }
  /** Whether the KVM or the BMC answers. */
  | { fact: 'kvm' | 'bmc'; value: boolean }
  | { fact: 'signal' | 'ping'; value: boolean }
  /** Who answers for its address: its own hardware (again), that for another address, or other hardware. */
  | { fact: 'address'; value: 'same' }
  | { fact: 'address'; value: 'moved'; to: string }
  | { fact: 'address'; value: 'taken'; by: string }
  | { fact: 'check'; label: string; value: CheckResult }

/** Why a picture was kept: nothing newer for ten minutes, another picture, or the machine's state had changed. */
export type PictureWhy = 'time' | 'picture' | 'state'
/** `until`: when it was last seen to be still the same. */
export type PastPicture = { at: number; until: number; why: PictureWhy }

/** What is told of one machine, each at its time. `gap`: Crashcart was not running from `from` to `at`. */
export type HistoryEntry = { at: number } & (
  | { type: 'change'; change: FactChange }
  | { type: 'picture'; until: number; why: PictureWhy }
  | { type: 'action'; action: Action }
  | { type: 'gap'; from: number }
)
/** GET /api/devices/:id/history: newest first. `before`: where the next page begins; null when this was the last. */
export type MachineHistory = { entries: HistoryEntry[]; before: number | null }
