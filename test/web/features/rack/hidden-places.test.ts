import { describe, expect, it } from 'vitest'
import type { Rack } from '../../../../server/contract/inventory.ts'
import RackShelves from '../../../../web/features/rack/RackShelves.vue'
import RackUnits from '../../../../web/features/rack/RackUnits.vue'
import { saidBy } from '../../said-by.ts'

describe('a rack of which somebody may not see all machines', () => {
  const of = (fields: Partial<Rack>) => ({
    rack: { id: 'r', siteId: 's', rev: 1, name: 'A', kind: 'units', height: 4, ...fields },
    inRack: [],
    lookOf: () => 'up',
    isEditing: false,
    picked: null,
    isBusy: false,
  })

  it('calls no place free that may not be', async () => {
    expect(await saidBy(RackUnits, of({ isPartial: true }))).toBe('U1–U4: free or not shown to you')
    expect(await saidBy(RackUnits, of({ isPartial: true }), { language: 'ja' })).toMatch(/非表示/)
    expect(await saidBy(RackUnits, of({}))).toBe('U1–U4 free')
    const shelf = { kind: 'shelves', height: 1 } as const
    expect(await saidBy(RackShelves, of({ ...shelf, isPartial: true }))).toMatch(/Empty or not shown to you$/)
    expect(await saidBy(RackShelves, of(shelf))).toMatch(/Empty$/)
  })
})
