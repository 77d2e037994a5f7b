import { describe, expect, test } from 'vitest'
import {
  advanceBoard,
  ownerOf,
  placeOf,
  startingBoard,
  type BoardInput,
  type SwitchBoard,
} from '../../../server/drivers/pikvm/switch-board.ts'
import type { SwitchFacts } from '../../../server/drivers/pikvm/switch-facts.ts'

const labels = ['1', '2', '3', '4']
const facts = (activePort: number | null, isSettled = true, portCount = 4): BoardInput => {
  const told: SwitchFacts = { portCount, labels: labels.slice(0, portCount), activePort, isSettled }
  return { type: 'facts', facts: told }
}
const ask = (port: number, by = 'Yuki'): BoardInput => ({ type: 'ask', port, by })

function after(inputs: BoardInput[], hadSwitch = true): SwitchBoard {
  return inputs.reduce(
    (board, input, index) => advanceBoard(board, input, index + 1),
    startingBoard(0, hadSwitch),
  )
}
const places = (board: SwitchBoard) => [null, 0, 1, 2, 3].map((port) => placeOf(board, port))

describe('who has the screen of a PiKVM', () => {
  test('the machine plugged in directly, while no Switch is known', () => {
    expect(ownerOf(after([], false))).toBe('direct')
    expect(ownerOf(after([facts(null, true, 0)], false))).toBe('direct')
  })

  test('nobody, while one that had a Switch tells of none and may not have asked its units yet', () => {
    const none = facts(null, true, 0)
    const early = after([none, none])
    expect(places(early)).toEqual([null, null, null, null, null])
    expect(ownerOf(advanceBoard(early, facts(1), 20))).toBe(1)
    // It stays away: then it is gone.
    expect(ownerOf(advanceBoard(early, none, 3_000))).toBe('direct')
    // A clock that was set back meanwhile begins it anew.
    const setBack = advanceBoard(early, none, -100_000)
    expect(ownerOf(advanceBoard(setBack, none, -98_001))).toBe('nobody')
    expect(ownerOf(advanceBoard(setBack, none, -98_000))).toBe('direct')
    // On a link on which it was there, it is gone at once.
    expect(ownerOf(after([facts(1), none]))).toBe('direct')
    // Another link starts anew.
    const again = advanceBoard(early, { type: 'offline' }, 2_900)
    expect(ownerOf(advanceBoard(again, none, 3_000))).toBe('nobody')
  })

  test('nobody, while one that had a Switch has not told', () => {
    expect(ownerOf(after([]))).toBe('nobody')
    expect(ownerOf(after([facts(1), { type: 'offline' }]))).toBe('nobody')
    expect(places(after([facts(1), { type: 'offline' }]))).toEqual([null, null, null, null, null])
  })

  test('the active port, when its units and links have followed', () => {
    expect(places(after([facts(1)]))).toEqual(['noPort', 'elsewhere', 'here', 'elsewhere', 'elsewhere'])
    expect(places(after([facts(1, false)]))).toEqual([
      'noPort',
      'elsewhere',
      'moving',
      'elsewhere',
      'elsewhere',
    ])
  })

  test('nobody from the moment that Crashcart asks until the units have followed', () => {
    const asked = after([facts(1), ask(2)])
    expect(ownerOf(asked)).toBe('nobody')
    expect(places(asked)).toEqual(['noPort', 'elsewhere', 'leaving', 'moving', 'elsewhere'])
    expect(ownerOf(after([facts(1), ask(2), facts(1)]))).toBe('nobody')
    expect(ownerOf(after([facts(1), ask(2), facts(2, false)]))).toBe('nobody')
    expect(ownerOf(after([facts(1), ask(2), facts(2, false), facts(2)]))).toBe(2)
  })

  test('the machine that it came to, which counts as there when it was seen', () => {
    const moved = after([facts(1), ask(2), facts(2, false), facts(2)])
    expect(places(moved)).toEqual(['noPort', 'elsewhere', 'elsewhere', 'arriving', 'elsewhere'])
    expect(placeOf(advanceBoard(moved, { type: 'arrived' }, 9), 2)).toBe('here')
    // Away and back is a move too, also where a lost link came between; a lost link alone is none.
    expect(placeOf(after([facts(1), facts(2, false), facts(1)]), 1)).toBe('arriving')
    expect(placeOf(after([facts(1), { type: 'offline' }, facts(2)]), 2)).toBe('arriving')
    expect(placeOf(after([facts(1), { type: 'offline' }, facts(1)]), 1)).toBe('here')
  })

  test('whoever has it, when a wish was refused or never came true', () => {
    expect(ownerOf(after([facts(1), ask(2), { type: 'giveUp' }]))).toBe(1)
  })

  test('somebody else’s wish, when it overtakes one that was taken', () => {
    const overtaken = after([facts(1), ask(2), facts(2, false), facts(3, false)])
    expect(overtaken.asked).toBeNull()
    expect(ownerOf(advanceBoard(overtaken, facts(3), 9))).toBe(3)
    expect(overtaken.shown).toEqual({ port: 3, label: '4', since: 4, by: null })
  })

  test('a port that is gone is nobody’s, and a missing unit makes no port of it', () => {
    expect(placeOf(after([facts(1), facts(1, true, 0)]), 1)).toBe('noPort')
    expect(placeOf(after([facts(1)]), 7)).toBe('noPort')
  })
})

describe('who is told to have switched', () => {
  test('the one who asked for the port that is shown now', () => {
    expect(after([facts(1), ask(2), facts(2, false)]).shown).toEqual({
      port: 2,
      label: '3',
      since: 3,
      by: 'Yuki',
    })
  })

  test('nobody of Crashcart, when it was not asked for here', () => {
    expect(after([facts(1), facts(2)]).shown.by).toBeNull()
    expect(after([facts(1), ask(2), facts(3)]).shown.by).toBeNull()
  })
})
