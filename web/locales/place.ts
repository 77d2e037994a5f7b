import type { Placement, Rack } from '../../server/contract/inventory.ts'
import type { CoreWords } from './en.ts'

/** Where a machine is, in words. The rack is named when there is more than one to choose from. */
export function placeText(
  placement: Placement,
  racks: ReadonlyMap<string, Rack>,
  words: CoreWords['place'],
): string {
  if (placement.kind === 'none') return words.none
  const rack = racks.get(placement.rackId)?.name ?? ''
  if (placement.kind === 'units') {
    const bottom = placement.posHalfU / 2
    const top = bottom + placement.heightHalfU / 2 - 1
    return words.units(rack, top === bottom ? `${bottom}` : `${bottom}–${top}`)
  }
  return racks.size > 1
    ? words.shelfIn(rack, placement.shelf, placement.slot)
    : words.shelf(placement.shelf, placement.slot)
}
