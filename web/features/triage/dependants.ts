import type { Device } from '../../../server/contract/inventory.ts'

/** What decides under which machine another one folds. */
export type Standing = { isDown: boolean; isInTrouble: boolean; since: number | null }

/**
 * Under which down machine each dependant in trouble folds: of those that it needs, through others too, one that is down
 * and folds under nothing itself; of several the earliest.
 */
export function foldedUnder(
  devices: ReadonlyMap<string, Device>,
  standings: ReadonlyMap<string, Standing>,
): Map<string, string> {
  const downBehind = new Map<string, string[]>()
  for (const [id, { isInTrouble }] of standings) {
    if (!isInTrouble) continue
    const down = needsOf(id, devices).filter((other) => standings.get(other)?.isDown === true)
    if (down.length > 0) downBehind.set(id, down)
  }
  const heads = new Map<string, string>()
  for (const [id, down] of downBehind) {
    const head = earliest(
      down.filter((other) => !downBehind.has(other)),
      standings,
    )
    if (head !== undefined) heads.set(id, head)
  }
  return heads
}

/** Everything that a machine needs, near and far; never itself. */
function needsOf(id: string, devices: ReadonlyMap<string, Device>): string[] {
  const found = new Set<string>()
  const open = [id]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const other of devices.get(next)?.dependsOn ?? []) {
      if (found.has(other) || other === id) continue
      found.add(other)
      open.push(other)
    }
  }
  return [...found]
}

function earliest(ids: readonly string[], standings: ReadonlyMap<string, Standing>): string | undefined {
  const since = (id: string): number => standings.get(id)?.since ?? Infinity
  return [...ids].sort((a, b) => since(a) - since(b) || (a < b ? -1 : 1))[0]
}
