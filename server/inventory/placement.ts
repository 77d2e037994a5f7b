import type { Device, Placement, Rack } from '../contract/inventory.ts'
import { AppError } from '../errors.ts'

type UnitsPlacement = Extract<Placement, { kind: 'units' }>
type ShelfPlacement = Extract<Placement, { kind: 'shelf' }>

/** First and last unit that a placement covers, counted from 1 at the bottom. */
function unitsOf(placement: UnitsPlacement): { from: number; to: number } {
  const from = placement.posHalfU / 2
  return { from, to: from + placement.heightHalfU / 2 - 1 }
}

/** "U12" or "U12–U13". */
function unitsText({ from, to }: { from: number; to: number }): string {
  return from === to ? `U${from}` : `U${from}–U${to}`
}

/**
 * Refuses a placement that does not fit: `request/invalid` (units in a rack of shelves), `inventory/outOfRack`, or
 * `inventory/collision` with a sentence that names the other machine and its place. `others` are the devices in the
 * rack; the device `ownId` itself is passed over.
 */
export function assertFits(
  placement: Exclude<Placement, { kind: 'none' }>,
  ownId: string | null,
  rack: Rack,
  others: readonly Device[],
): void {
  const neighbours = others.filter((device) => device.id !== ownId)
  if (placement.kind === 'units' && rack.kind === 'units') assertUnitsFit(placement, rack, neighbours)
  else if (placement.kind === 'shelf' && rack.kind === 'shelves') assertShelfFits(placement, rack, neighbours)
  else {
    throw new AppError(
      'request/invalid',
      `${rack.name} has ${rack.kind}; the place must be given in those.`,
      {
        details: { rackName: rack.name, rackKind: rack.kind },
      },
    )
  }
}

function assertUnitsFit(placement: UnitsPlacement, rack: Rack, neighbours: readonly Device[]): void {
  const wanted = unitsOf(placement)
  if (wanted.to > rack.height) {
    throw new AppError(
      'inventory/outOfRack',
      `${unitsText(wanted)} is outside ${rack.name}, which has ${rack.height} units.`,
      { details: { rackName: rack.name, rackKind: 'units', height: rack.height, ...wanted } },
    )
  }
  for (const { id, name, placement: theirs } of neighbours) {
    if (theirs.kind !== 'units') continue
    const taken = unitsOf(theirs)
    if (taken.from > wanted.to || wanted.from > taken.to) continue
    throw new AppError(
      'inventory/collision',
      `${unitsText(wanted)} of ${rack.name} is not free: ${name} is in ${unitsText(taken)}.`,
      { details: { rackName: rack.name, rackKind: 'units', deviceId: id, name, ...taken } },
    )
  }
}

function assertShelfFits(placement: ShelfPlacement, rack: Rack, neighbours: readonly Device[]): void {
  const { shelf, slot } = placement
  if (shelf > rack.height) {
    throw new AppError(
      'inventory/outOfRack',
      `Shelf ${shelf} is outside ${rack.name}, which has ${rack.height} shelves.`,
      { details: { rackName: rack.name, rackKind: 'shelves', height: rack.height, shelf, slot } },
    )
  }
  const taker = neighbours.find(
    ({ placement: theirs }) => theirs.kind === 'shelf' && theirs.shelf === shelf && theirs.slot === slot,
  )
  if (taker === undefined) return
  throw new AppError(
    'inventory/collision',
    `Place ${slot} on shelf ${shelf} of ${rack.name} is not free: ${taker.name} stands there.`,
    {
      details: {
        rackName: rack.name,
        rackKind: 'shelves',
        deviceId: taker.id,
        name: taker.name,
        shelf,
        slot,
      },
    },
  )
}

/** Refuses to make a rack lower than its highest unit or shelf in use (`inventory/outOfRack`, naming the machine). */
export function assertCanShrink(rack: Rack, height: number, inRack: readonly Device[]): void {
  const topOf = ({ placement }: Device): number => {
    if (placement.kind === 'units') return unitsOf(placement).to
    return placement.kind === 'shelf' ? placement.shelf : 0
  }
  const top = inRack.reduce<Device | null>(
    (best, device) => (best === null || topOf(device) > topOf(best) ? device : best),
    null,
  )
  if (top === null || topOf(top) <= height) return
  const where = rack.kind === 'units' ? `U${topOf(top)}` : `shelf ${topOf(top)}`
  throw new AppError(
    'inventory/outOfRack',
    `${rack.name} cannot shrink to ${height}: ${top.name} is on ${where}. Move it first.`,
    {
      details: {
        rackName: rack.name,
        rackKind: rack.kind,
        height,
        deviceId: top.id,
        name: top.name,
        top: topOf(top),
      },
    },
  )
}
