import type { MachineState } from '../../server/contract/state.ts'
import { blankKvmState } from '../../server/drivers/blank-kvm-state.ts'
import type { HistoryBatch } from '../../server/store/tables/history.ts'

export const observed = <T>(
  value: T | null,
  since = 1,
): { value: T | null; observedAt: number; since: number } => ({
  value,
  observedAt: since,
  since,
})

/** The state of `nas1`, which is well and of which nothing else is known. */
export function stateOf(change: Partial<MachineState> = {}): MachineState {
  return {
    deviceId: 'nas1',
    siteId: 's',
    health: 'up',
    cause: 'answers',
    since: 1,
    net: {
      address: null,
      ping: observed<boolean>(null),
      pingProblem: null,
      connect: observed<'accepts'>(null),
    },
    checks: [],
    kvm: null,
    bmc: null,
    power: observed<'on'>(null),
    pictureAt: null,
    ...change,
  }
}

export const kvmOf = (change: Partial<NonNullable<MachineState['kvm']>> = {}) => ({
  ...blankKvmState('kvm1', null, 1),
  ...change,
})

export const emptyBatch: HistoryBatch = {
  changes: [],
  pictures: [],
  looks: [],
  names: [],
  span: { startedAt: 1, lastAt: 1 },
}
