import type { Device } from '../contract/inventory.ts'
import { AppError } from '../errors.ts'
import { mustExist } from './ledger.ts'
import type { InventoryMemory } from './memory.ts'

/**
 * What a machine is to depend on, each once. Throws `request/notFound` for a machine that is not there, and
 * `inventory/circle` with the names in order when the machine would wait for itself.
 */
export function checkedDependencies(
  { devices }: Pick<InventoryMemory, 'devices'>,
  { name, dependsOn }: Pick<Device, 'name' | 'dependsOn'>,
  ownId: string | null,
): string[] {
  for (const id of dependsOn) mustExist(devices.get(id), 'machine')
  const circle = ownId === null ? null : pathTo(ownId, dependsOn, devices)
  if (circle !== null) {
    const names = [name, ...circle.map((id) => devices.get(id)?.name ?? id)]
    throw new AppError(
      'inventory/circle',
      `${name} would depend on itself (${names.join(' → ')}). Take one of these out.`,
      { details: { name, names } },
    )
  }
  return [...new Set(dependsOn)]
}

/** The machines that depend on this one, as they are once it is gone. */
export function withoutDependency({ devices }: Pick<InventoryMemory, 'devices'>, id: string): Device[] {
  return [...devices.values()]
    .filter((device) => device.dependsOn.includes(id))
    .map((device) => ({
      ...device,
      rev: device.rev + 1,
      dependsOn: device.dependsOn.filter((other) => other !== id),
    }))
}

/** The way from one of `starts` to `goal`, both included, along what each machine depends on; null when there is none. */
function pathTo(
  goal: string,
  starts: readonly string[],
  devices: ReadonlyMap<string, Device>,
): string[] | null {
  const seen = new Set<string>()
  const ways = starts.map((id) => [id])
  for (let way = ways.pop(); way !== undefined; way = ways.pop()) {
    const last = way[way.length - 1] ?? ''
    if (last === goal) return way
    if (seen.has(last)) continue
    seen.add(last)
    for (const next of devices.get(last)?.dependsOn ?? []) ways.push([...way, next])
  }
  return null
}
