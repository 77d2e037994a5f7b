import { describe, expect, it } from 'vitest'
import type { Device, Placement, Rack } from '../../../../server/contract/inventory.ts'
import { elevationRows, fitsAt, nudge, shelfRows } from '../../../../web/features/rack/elevation.ts'

const rack: Rack = { id: 'r', siteId: 's', rev: 1, name: 'A', kind: 'units', height: 6 }
const shelves: Rack = { ...rack, kind: 'shelves', height: 3 }

function device(id: string, placement: Placement): Device {
  return {
    id,
    placement,
    siteId: 's',
    rev: 1,
    name: id,
    kind: 'server',
    notes: '',
    isProtected: false,
    layout: 'us',
    checks: [],
    dependsOn: [],
  }
}
const at = (id: string, unit: number, height = 1): Device =>
  device(id, { kind: 'units', rackId: 'r', posHalfU: unit * 2, heightHalfU: height * 2 })
const on = (id: string, shelf: number, slot: number): Device =>
  device(id, { kind: 'shelf', rackId: 'r', shelf, slot })
const brief = (inRack: Device[], isFolded: boolean) =>
  elevationRows(rack, inRack, isFolded).map((row) =>
    row.type === 'free' ? `${row.from}-${row.to}` : `${row.device.id} ${row.from}-${row.to}`,
  )

describe('elevation of a rack', () => {
  it('lists machines and gaps from the top down', () => {
    const inRack = [at('low', 1), at('tall', 3, 2)]
    expect(brief(inRack, true)).toEqual(['5-6', 'tall 3-4', '2-2', 'low 1-1'])
    expect(brief(inRack, false)).toEqual(['6-6', '5-5', 'tall 3-4', '2-2', 'low 1-1'])
    expect(brief([], true)).toEqual(['1-6'])
    expect(brief([at('full', 1, 6)], true)).toEqual(['full 1-6'])
  })

  it('says where a machine fits: inside the rack, beside the others, over itself', () => {
    const inRack = [at('low', 1), at('tall', 3, 2)]
    const places = (heightU: number, ownId: string | null) =>
      [0, 1, 2, 3, 4, 5, 6, 7].filter((unit) => fitsAt(rack, inRack, unit, heightU, ownId))
    expect(places(1, null)).toEqual([2, 5, 6])
    expect(places(2, null)).toEqual([5])
    expect(places(2, 'tall')).toEqual([2, 3, 4, 5])
  })

  it('nudges past neighbours to the next place that fits, and not out of the rack', () => {
    const low = at('low', 1)
    const inRack = [low, at('next', 2), at('top', 6)]
    expect(nudge(rack, inRack, low, 1)).toBe(3)
    expect(nudge(rack, inRack, low, -1)).toBeNull()
    expect(nudge(rack, inRack, at('top', 6), -1)).toBe(5)
    expect(nudge(rack, inRack, device('loose', { kind: 'none' }), 1)).toBeNull()
  })

  it('keeps gaps on a shelf and offers one more place while editing', () => {
    const inRack = [on('a', 2, 1), on('b', 2, 3)]
    const slots = (withNext: boolean) =>
      shelfRows(shelves, inRack, withNext).map((row) =>
        row.slots.map(({ device }) => device?.id ?? '-').join(''),
      )
    expect(slots(false)).toEqual(['', 'a-b', ''])
    expect(slots(true)).toEqual(['-', 'a-b-', '-'])
  })
})
