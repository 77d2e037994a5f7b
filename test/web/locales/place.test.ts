import { describe, expect, it } from 'vitest'
import type { Rack } from '../../../server/contract/inventory.ts'
import { en } from '../../../web/locales/en.ts'
import { placeText } from '../../../web/locales/place.ts'

const rack = (id: string, name: string): Rack => ({
  id,
  rev: 1,
  siteId: 's1',
  name,
  kind: 'units',
  height: 12,
})
const one = new Map([['r1', rack('r1', 'Rack A')]])
const two = new Map([...one, ['r2', rack('r2', 'Closet')]])

describe('places in words', () => {
  it('count units from the bottom, in whole units', () => {
    const at = (posHalfU: number, heightHalfU: number) =>
      placeText({ kind: 'units', rackId: 'r1', posHalfU, heightHalfU }, one, en.place)
    expect(at(2, 2)).toBe('Rack A, U1')
    expect(at(24, 4)).toBe('Rack A, U12–13')
  })

  it('name the rack of a shelf only when there are several', () => {
    const at = (slot: number, racks: Map<string, Rack>) =>
      placeText({ kind: 'shelf', rackId: 'r2', shelf: 2, slot }, racks, en.place)
    expect(at(3, one)).toBe('Shelf 2, 3rd')
    expect(at(1, two)).toBe('Closet, shelf 2, 1st')
    expect([2, 4, 11, 12, 13, 21, 22].map((slot) => at(slot, one).split(', ')[1])).toEqual([
      '2nd',
      '4th',
      '11th',
      '12th',
      '13th',
      '21st',
      '22nd',
    ])
  })

  it('say so when there is none', () => {
    expect(placeText({ kind: 'none' }, one, en.place)).toBe('Not in a rack')
  })
})
