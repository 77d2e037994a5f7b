import type { Device } from '../../../server/contract/inventory.ts'
import type { Action } from '../../../server/contract/power.ts'
import type { HealthState, MachineState } from '../../../server/contract/state.ts'

/** In the order of the list: what needs somebody first. */
export const triageGroups = ['down', 'degraded', 'unknown', 'action', 'up', 'paused'] as const
export type TriageGroup = (typeof triageGroups)[number]

export type TriageRow = {
  deviceId: string
  name: string
  group: TriageGroup
  /** When it came into this state, ms; null before anything was observed. */
  since: number | null
  /** The one that went first among several in trouble: usually the cause of the others. */
  isFirst: boolean
  /** Behind "12 ok". */
  isFolded: boolean
}

/**
 * All machines, worst first and within a state the earliest first. A running power action puts a machine behind those
 * that nobody works on. Shelves are places, not machines.
 */
export function triageRows(
  devices: Iterable<Device>,
  states: ReadonlyMap<string, MachineState>,
  actions: Iterable<Action>,
): TriageRow[] {
  const inAction = new Set<string>()
  for (const action of actions) if (action.phase !== 'done') inAction.add(action.deviceId)
  const rows = [...devices]
    .filter((device) => device.kind !== 'shelf')
    .map((device) => rowOf(device, states.get(device.id), inAction.has(device.id)))
    .sort(compareRows)
  return rows.map((row, index) => ({ ...row, isFirst: isFirstOfSeveral(rows, index) }))
}

/** How many machines are in each group. */
export function countGroups(rows: readonly TriageRow[]): Record<TriageGroup, number> {
  const counts = { down: 0, degraded: 0, unknown: 0, action: 0, up: 0, paused: 0 }
  for (const row of rows) counts[row.group] += 1
  return counts
}

/** Does a row's name or place contain what was typed? Width and case of letters do not matter. */
export function matchesSearch(text: string, search: string): boolean {
  return fold(text).includes(fold(search).trim())
}

function rowOf(device: Device, state: MachineState | undefined, isInAction: boolean): TriageRow {
  const group = groupOf(state, isInAction)
  return {
    deviceId: device.id,
    name: device.name,
    group,
    since: state?.since ?? null,
    isFirst: false,
    isFolded: group === 'up' || group === 'paused',
  }
}

function groupOf(state: MachineState | undefined, isInAction: boolean): TriageGroup {
  if (isInAction || state?.cause === 'actionRunning') return 'action'
  return (state?.health ?? 'unknown') satisfies HealthState
}

function compareRows(a: TriageRow, b: TriageRow): number {
  return (
    triageGroups.indexOf(a.group) - triageGroups.indexOf(b.group) ||
    earliestFirst(a.since, b.since) ||
    a.name.localeCompare(b.name, undefined, { numeric: true }) ||
    (a.deviceId < b.deviceId ? -1 : 1)
  )
}

function earliestFirst(a: number | null, b: number | null): number {
  if (a === b) return 0
  if (a === null) return 1
  return b === null ? -1 : a - b
}

function isFirstOfSeveral(rows: readonly TriageRow[], index: number): boolean {
  const row = rows[index]
  if (!row || (row.group !== 'down' && row.group !== 'degraded')) return false
  return rows[index - 1]?.group !== row.group && rows[index + 1]?.group === row.group
}

function fold(text: string): string {
  return text.normalize('NFKC').toLowerCase()
}
