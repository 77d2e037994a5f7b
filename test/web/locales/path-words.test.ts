import { expect, test } from 'vitest'
import { en, ja, isAtx, pathName, pathProof } from '../../../web/locales/path-words.ts'

const said = (provenAt: number | null, lastVerdict: string | null): string =>
  pathProof({ provenAt, lastVerdict }, en, (at) => `day ${at}`)

test('every way has a name that says which device it goes through', () => {
  const targets = ['atx', 'atx:0', 'atx:5', 'gpio:relay1', 'ipmi']
  const direct = ['atx', 'gpio:relay1', 'ipmi'].map((target) => pathName({ target, portLabel: null }, en))
  expect(direct).toEqual(['PiKVM', 'relay relay1', 'BMC'])
  expect(pathName({ target: 'atx:5', portLabel: '2.2' }, en)).toBe('PiKVM port 2.2')
  expect(pathName({ target: 'atx:1', portLabel: '2' }, ja)).toBe('PiKVMポート2')
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
