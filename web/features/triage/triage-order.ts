import type { Device } from '../../../server/contract/inventory.ts'
import type { Action } from '../../../server/contract/power.ts'
import type { HealthState, MachineState } from '../../../server/contract/state.ts'
import { foldedUnder } from './dependants.ts'

/** In the order of the list: what needs somebody first. */
export const triageGroups = ['down', 'degraded', 'unknown', 'action', 'up', 'paused'] as const
export type TriageGroup = (typeof triageGroups)[number]
/** Machines in each group; `checking`: unknown only because they are looked at for the first time. */
export type TriageCounts = Record<TriageGroup | 'checking', number>

export type TriageRow = {
  deviceId: string
  name: string
  group: TriageGroup
  /** Nothing was heard of it yet. */
  isChecking: boolean
  /** When it came into this state, ms; null before anything was observed. */
  since: number | null
  /** Nobody saw it come into this state: it may be in it for longer than `since`. */
  isLonger: boolean
  /** It was not in this state before, ms; null: nobody knows. */
  notBefore: number | null
  /** The one that surely went first among several in trouble: usually the cause of the others. */
  isFirst: boolean
  /** Behind "12 ok". */
  isFolded: boolean
  /** The down machine that it depends on and folds under; null in its own place. */
  under: string | null
}

/**
 * All machines, worst first and within a state the earliest first, those that are well or paused by name; dependants of
 * a down machine right after it. A running power action puts a machine behind those that nobody works on. Shelves are
 * places, not machines. Rows that stayed the same are the very objects of `before`, and so is the list when all of them
 * did.
 */
export function triageRows(
  devices: ReadonlyMap<string, Device>,
  states: ReadonlyMap<string, MachineState>,
  actions: Iterable<Action>,
  before: readonly TriageRow[] = [],
): readonly TriageRow[] {
  const inAction = new Set<string>()
  for (const action of actions) if (action.phase !== 'done') inAction.add(action.deviceId)
  const sorted = machinesOf(devices, before)
    .map((device) => rowOf(device, states.get(device.id), inAction.has(device.id)))
    .sort(compareRows)
  return reuse(before, withFirsts(foldDependants(sorted, devices, states)))
}

/** How many machines are in each group. */
export function countGroups(rows: readonly TriageRow[]): TriageCounts {
  const counts = { down: 0, degraded: 0, unknown: 0, action: 0, up: 0, paused: 0, checking: 0 }
  for (const row of rows) counts[row.isChecking ? 'checking' : row.group] += 1
  return counts
}

/** Does a row's name or place contain what was typed? Width and case of letters do not matter. */
export function matchesSearch(text: string, search: string): boolean {
  return fold(text).includes(fold(search).trim())
}

/** In the order in which they stood before: what is nearly sorted is sorted in one pass. */
function machinesOf(devices: ReadonlyMap<string, Device>, before: readonly TriageRow[]): Device[] {
  const stood = before.flatMap(({ deviceId }) => devices.get(deviceId) ?? [])
  return [...new Set([...stood, ...devices.values()])].filter(({ kind }) => kind !== 'shelf')
}

function rowOf(device: Device, state: MachineState | undefined, isInAction: boolean): TriageRow {
  const group = groupOf(state, isInAction)
  return {
    deviceId: device.id,
    name: device.name,
    group,
    isChecking: group === 'unknown' && (state?.cause ?? 'checking') === 'checking',
    since: state?.since ?? null,
    isLonger: state?.otherUntil !== undefined,
    notBefore: state?.otherUntil === undefined ? (state?.since ?? null) : state.otherUntil,
    isFirst: false,
    isFolded: group === 'up' || group === 'paused',
    under: null,
  }
}

function groupOf(state: MachineState | undefined, isInAction: boolean): TriageGroup {
  if (isInAction || state?.cause === 'actionRunning') return 'action'
  return (state?.health ?? 'unknown') satisfies HealthState
}

const troubled: readonly TriageGroup[] = ['down', 'degraded', 'unknown']

/** Puts each dependant of a down machine, also of one that is being rebooted, right after that machine. */
function foldDependants(
  rows: readonly TriageRow[],
  devices: ReadonlyMap<string, Device>,
  states: ReadonlyMap<string, MachineState>,
): TriageRow[] {
  const standings = new Map(
    rows.map(({ deviceId, group, since }) => {
      const isDown = states.get(deviceId)?.health === 'down'
      return [deviceId, { isDown, isInTrouble: troubled.includes(group), since }]
    }),
  )
  const heads = foldedUnder(devices, standings)
  if (heads.size === 0) return [...rows]
  const dependants = new Map<string, TriageRow[]>()
  for (const row of rows) {
    const under = heads.get(row.deviceId)
    if (under === undefined) continue
    dependants.set(under, [...(dependants.get(under) ?? []), { ...row, under }])
  }
  return rows
    .filter(({ deviceId }) => !heads.has(deviceId))
    .flatMap((row) => [row, ...(dependants.get(row.deviceId) ?? [])])
}

/**
 * Marks the earliest of the machines that are down, and of those to look at, where others followed it. Not where another
 * one may have been before it, because it went at the same time or nobody saw when.
 */
function withFirsts(rows: readonly TriageRow[]): TriageRow[] {
  const firsts = new Set<TriageRow>()
  for (const group of ['down', 'degraded'] as const) {
    const all = rows.filter((row) => row.group === group)
    const first = all.find(({ under }) => under === null)
    if (first && all.length > 1 && all.every((row) => row === first || isFollower(row, first)))
      firsts.add(first)
  }
  return rows.map((row) => (firsts.has(row) ? { ...row, isFirst: true } : row))
}

/** A dependant may be seen going a moment before what it depends on: that it followed is known without the times. */
function isFollower({ under, notBefore }: TriageRow, { since, isLonger }: TriageRow): boolean {
  if (under !== null && !isLonger) return true
  return since !== null && notBefore !== null && since < notBefore
}

/** The rows of `next`, as the objects that stood for the same in `before`. */
function reuse(before: readonly TriageRow[], next: readonly TriageRow[]): readonly TriageRow[] {
  const known = new Map(before.map((row) => [row.deviceId, row]))
  const rows = next.map((row) => {
    const old = known.get(row.deviceId)
    return old && isSameRow(old, row) ? old : row
  })
  return rows.length === before.length && rows.every((row, index) => row === before[index]) ? before : rows
}

function isSameRow(a: TriageRow, b: TriageRow): boolean {
  return (Object.keys(a) as (keyof TriageRow)[]).every((key) => a[key] === b[key])
}

const names = new Intl.Collator(undefined, { numeric: true })

function compareRows(a: TriageRow, b: TriageRow): number {
  return (
    triageGroups.indexOf(a.group) - triageGroups.indexOf(b.group) ||
    (a.isFolded ? 0 : earliestFirst(a.since, b.since)) ||
    names.compare(a.name, b.name) ||
    (a.deviceId < b.deviceId ? -1 : 1)
  )
}

function earliestFirst(a: number | null, b: number | null): number {
  if (a === b) return 0
  if (a === null) return 1
  return b === null ? -1 : a - b
}

function fold(text: string): string {
  return text.normalize('NFKC').toLowerCase()
}
