import { expect, test } from 'vitest'
import { portLabel, switchPortOf } from '../../server/contract/port-label.ts'

const chain = ['1.1', '1.2', '1.3', '1.4', '2.1', '2.2', '2.3', '2.4']

test('a port is called what its Switch calls it', () => {
  expect(portLabel(5, chain)).toBe('2.2')
  expect(portLabel(1, ['1', '2', '3', '4'])).toBe('2')
})

test('a port that the Switch did not tell of is counted as the others are', () => {
  expect(portLabel(5, chain.slice(0, 4))).toBe('2.2')
  expect(portLabel(5, ['1', '2', '3', '4'])).toBe('6')
  expect(portLabel(0)).toBe('1')
})

test('a way to the power tells which port it goes over', () => {
  expect(['atx:5', 'atx', 'atx:', 'gpio:atx:1', 'ipmi'].map((target) => switchPortOf(target))).toEqual([
    5,
    null,
    null,
    null,
    null,
  ])
})
