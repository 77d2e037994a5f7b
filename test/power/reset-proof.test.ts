import { expect, test } from 'vitest'
import type { CheckResult } from '../../server/contract/state.ts'
import { resetShownBy } from '../../server/power/reset-proof.ts'
import type { Sight } from '../../server/power/sight.ts'

const now = 100_000
/** Hung behind a BMC that nobody listens to: nothing that could go away. */
const hung: Sight = {
  isReachable: false,
  led: null,
  ledWiring: 'unproven',
  signal: null,
  mode: null,
  isUsbOnline: null,
  isAtxBusy: null,
  pictureChangedAt: null,
  isScreenElsewhere: false,
  isCutOff: false,
  isHostAlive: false,
  hostSeenAt: now,
  checks: [],
  chassis: 'on',
  restartCause: 'power button',
  serialSince: null,
  serialOutputAt: null,
}
const shown = (change: Partial<Sight>): string[] => resetShownBy({ ...hung, ...change }, now)
const answering = (result: CheckResult): Partial<Sight> => ({
  checks: [{ checkId: 'ssh', label: 'SSH', result, observedAt: now, lastGoodAt: null }],
})

test('a reset of a hung machine shows by nothing, where only its BMC is there', () => {
  expect(shown({})).toEqual([])
})

test('it shows on a KVM that has a picture or USB', () => {
  expect(shown({ isReachable: true, signal: true })).toEqual(['screen'])
  expect(shown({ isReachable: true, signal: false, isUsbOnline: true })).toEqual(['screen'])
  expect(shown({ isReachable: true, signal: false, isUsbOnline: false })).toEqual([])
  expect(shown({ isReachable: false, signal: true })).toEqual([])
})

test('it shows by the network of a machine that answers; one that accepts and says nothing may be a proxy', () => {
  expect(shown(answering('answers'))).toEqual(['network'])
  expect(shown(answering('refused'))).toEqual(['network'])
  expect(shown(answering('silent'))).toEqual([])
  expect(shown(answering('noAnswer'))).toEqual([])
})

test('it shows by the serial console only when that is heard, silent, and the restart cause can change', () => {
  const heard = { serialSince: now - 10_000 }
  expect(shown(heard)).toEqual(['serial'])
  expect(shown({ ...heard, serialOutputAt: now - 500 })).toEqual([])
  expect(shown({ serialSince: now - 500 })).toEqual([])
  expect(shown({ ...heard, restartCause: 'chassis control command' })).toEqual([])
  expect(shown({ ...heard, restartCause: null })).toEqual([])
})
