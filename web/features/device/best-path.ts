import type { PowerPath } from '../../../server/contract/inventory.ts'
import type { MachineState } from '../../../server/contract/state.ts'

/** Does the device that this path goes through answer now? */
export function isPathReachable({ target }: PowerPath, state: MachineState | undefined): boolean {
  const device = target === 'ipmi' ? state?.bmc : state?.kvm
  return device?.reachable.value === true
}

/** The path that a hard reboot would take now, by the rule of the server: one with buttons, answering, proven, preferred. */
export function bestPath<P extends PowerPath>(
  paths: readonly P[],
  state: MachineState | undefined,
): P | undefined {
  const rank = (path: PowerPath): number => (isPathReachable(path, state) ? 10 : 0) + standing(path)
  const usable = paths.filter(({ wiring }) => wiring !== 'atx' || state?.kvm?.atxEnabled.value !== false)
  return usable.toSorted((a, b) => rank(b) - rank(a) || a.priority - b.priority || (a.id < b.id ? -1 : 1))[0]
}

function standing({ provenAt, lastVerdict }: PowerPath): number {
  if (lastVerdict === 'unknown' || lastVerdict === 'unknownCrashed') return 0
  return provenAt === null ? 1 : 2
}
