import { expect, test } from 'vitest'
import { nextSessionSequence, ReplayWindow } from '../../../server/node-ipmi/src/session/replay-window.ts'

test('accepts every number once, also out of order', () => {
  const window = new ReplayWindow()
  const order = [5, 7, 6, 9, 8, 5, 7, 9]
  expect(order.map((n) => window.accept(n))).toEqual([true, true, true, true, true, false, false, false])
})

test('refuses what is older than the window and zero', () => {
  const window = new ReplayWindow()
  expect(window.accept(100)).toBe(true)
  expect(window.accept(69)).toBe(true)
  expect(window.accept(68)).toBe(false)
  expect(window.accept(0)).toBe(false)
})

test('a jump ahead forgets nothing that is still inside', () => {
  const window = new ReplayWindow()
  window.accept(10)
  expect(window.accept(41)).toBe(true)
  expect(window.accept(10)).toBe(false)
  expect(window.accept(11)).toBe(true)
  expect(window.accept(500)).toBe(true)
  expect(window.accept(41)).toBe(false)
})

test('a strict one refuses what is too far ahead', () => {
  const window = new ReplayWindow(8)
  expect([10, 18, 27, 26].map((n) => window.accept(n))).toEqual([true, true, false, true])
})

test('goes over the end of the numbers', () => {
  const window = new ReplayWindow()
  expect(window.accept(0xffff_fffe)).toBe(true)
  expect(window.accept(0xffff_ffff)).toBe(true)
  expect(window.accept(1)).toBe(true)
  expect(window.accept(0xffff_ffff)).toBe(false)
  expect(nextSessionSequence(0xffff_ffff)).toBe(1)
  expect(nextSessionSequence(0)).toBe(1)
})
