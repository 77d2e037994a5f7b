import type { Device, Rack } from '../../../server/contract/inventory.ts'

/** Machines and gaps of a rack in units, from the top down. Both ends counted from 1 at the bottom. */
export type ElevationRow = { from: number; to: number } & (
  { type: 'machine'; device: Device } | { type: 'free' }
)
export type ShelfSlot = { slot: number; device: Device | null }
export type ShelfRow = { shelf: number; slots: ShelfSlot[] }

/** The units that a machine covers; null when it has none. */
export function unitSpan(device: Device): { from: number; to: number } | null {
  if (device.placement.kind !== 'units') return null
  const from = device.placement.posHalfU / 2
  return { from, to: from + device.placement.heightHalfU / 2 - 1 }
}

/** How many units high a machine is; one that is in no rack of units counts as one unit. */
export function heightOf(device: Device): number {
  return device.placement.kind === 'units' ? device.placement.heightHalfU / 2 : 1
}

/** Machines in their places; free units in between as one row each, or folded into one row a gap. */
export function elevationRows(rack: Rack, inRack: readonly Device[], isFolded: boolean): ElevationRow[] {
  const byTop = new Map<number, { device: Device; from: number }>()
  for (const device of inRack) {
    const span = unitSpan(device)
    if (span) byTop.set(span.to, { device, from: span.from })
  }
  const rows: ElevationRow[] = []
  for (let unit = rack.height; unit >= 1;) {
    const here = byTop.get(unit)
    const last = rows.at(-1)
    if (here) rows.push({ type: 'machine', device: here.device, from: here.from, to: unit })
    else if (isFolded && last?.type === 'free') last.from = unit
    else rows.push({ type: 'free', from: unit, to: unit })
    unit = here ? here.from - 1 : unit - 1
  }
  return rows
}

/** Can a machine of this height stand with its lowest unit at `unit`? The machine `ownId` itself is not in its way. */
export function fitsAt(
  rack: Rack,
  inRack: readonly Device[],
  unit: number,
  heightU: number,
  ownId: string | null,
): boolean {
  if (unit < 1 || unit + heightU - 1 > rack.height) return false
  return inRack.every((device) => {
    const span = unitSpan(device)
    return device.id === ownId || !span || span.to < unit || span.from > unit + heightU - 1
  })
}

/** The nearest place above (`step` 1) or below (−1) where the machine fits; null when there is none. */
export function nudge(rack: Rack, inRack: readonly Device[], device: Device, step: 1 | -1): number | null {
  const span = unitSpan(device)
  if (!span) return null
  for (let unit = span.from + step; unit >= 1 && unit <= rack.height; unit += step) {
    if (fitsAt(rack, inRack, unit, heightOf(device), device.id)) return unit
  }
  return null
}

/** All shelves from the top; gaps between machines stay, and with `withNext` each has one more free place. */
export function shelfRows(rack: Rack, inRack: readonly Device[], withNext: boolean): ShelfRow[] {
  return Array.from({ length: rack.height }, (_, index) => {
    const shelf = index + 1
    const bySlot = new Map<number, Device>()
    for (const device of inRack) {
      const { placement } = device
      if (placement.kind === 'shelf' && placement.shelf === shelf) bySlot.set(placement.slot, device)
    }
    const length = Math.min(40, Math.max(0, ...bySlot.keys()) + (withNext ? 1 : 0))
    const slots = Array.from({ length }, (_unused, at) => ({
      slot: at + 1,
      device: bySlot.get(at + 1) ?? null,
    }))
    return { shelf, slots }
  })
}
