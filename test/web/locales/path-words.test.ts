import { expect, test } from 'vitest'
import { en, ja, isAtx, pathName, pathProof } from '../../../web/locales/path-words.ts'

const said = (provenAt: number | null, lastVerdict: string | null): string =>
  pathProof({ provenAt, lastVerdict }, en, (at) => `day ${at}`)

test('every way has a name that says which device it goes through', () => {
  const targets = ['atx', 'atx:0', 'atx:5', 'gpio:relay1', 'ipmi']
  expect(targets.map((target) => pathName(target, en))).toEqual([
    'PiKVM',
    'PiKVM port 1',
    'PiKVM port 6',
    'relay relay1',
    'BMC',
  ])
  expect(pathName('atx:1', ja)).toBe('PiKVMポート2')
  expect(targets.filter((target) => isAtx(target))).toEqual(['atx', 'atx:0', 'atx:5'])
})

test('a way says when it was last proven, or that it never was, and whether the last try showed anything', () => {
  expect(said(null, null)).toBe('never tried')
  expect(said(7, 'restarted')).toBe('proven day 7')
  expect(said(7, 'unknown')).toContain('the last try proved nothing')
  expect(said(null, 'unknown')).toBe('tried, not proven')
  expect(said(null, 'unknownCrashed')).toBe('tried, not proven')
  // Nothing was pressed: that is no try.
  expect(said(null, 'notSent')).toBe('never tried')
})
