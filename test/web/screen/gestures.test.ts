import { describe, expect, it } from 'vitest'
import { GestureTracker } from '../../../web/features/screen/gestures.ts'

describe('fingers', () => {
  it('tap when they come up where they went down', () => {
    const tracker = new GestureTracker()
    tracker.down(1, { x: 10, y: 10 }, 0)
    expect(tracker.move(1, { x: 13, y: 12 })).toEqual([])
    expect(tracker.up(1, 100)).toEqual([{ type: 'tap', at: { x: 10, y: 10 } }])
  })

  it('tap twice when the second tap is quick and near', () => {
    const tracker = new GestureTracker()
    const tap = (x: number, time: number) => {
      tracker.down(1, { x, y: 10 }, time)
      return tracker.up(1, time + 50).map((gesture) => gesture.type)
    }
    expect([tap(10, 0), tap(15, 200), tap(15, 400)]).toEqual([['tap'], ['doubleTap'], ['tap']])
    expect([tap(10, 2_000), tap(200, 2_100), tap(200, 3_000)]).toEqual([['tap'], ['tap'], ['tap']])
  })

  it('press long when they rest, and do not tap afterwards', () => {
    const tracker = new GestureTracker()
    tracker.down(1, { x: 10, y: 10 }, 0)
    expect(tracker.held(499)).toBe(false)
    expect(tracker.held(500)).toBe(true)
    expect(tracker.move(1, { x: 12, y: 12 })).toEqual([])
    expect(tracker.up(1, 600)).toEqual([{ type: 'longPress', at: { x: 10, y: 10 } }])
    expect(tracker.up(1, 700)).toEqual([])
  })

  it('drag when they rest and then move, from where they rested', () => {
    const tracker = new GestureTracker()
    tracker.down(1, { x: 10, y: 10 }, 0)
    tracker.held(500)
    expect(tracker.move(1, { x: 30, y: 10 })).toEqual([
      { type: 'dragStart', from: { x: 10, y: 10 } },
      { type: 'drag', at: { x: 30, y: 10 }, dx: 20, dy: 0 },
    ])
    expect(tracker.move(1, { x: 31, y: 12 })).toEqual([{ type: 'drag', at: { x: 31, y: 12 }, dx: 1, dy: 2 }])
    expect(tracker.up(1, 900)).toEqual([{ type: 'dragEnd' }])
  })

  it.each(['another finger', 'the browser'])('end a drag when %s comes between', (who) => {
    const tracker = new GestureTracker()
    tracker.down(1, { x: 10, y: 10 }, 0)
    tracker.held(500)
    tracker.move(1, { x: 30, y: 10 })
    const ended = who === 'the browser' ? tracker.cancel(1) : tracker.down(2, { x: 90, y: 90 }, 600)
    expect(ended).toEqual([{ type: 'dragEnd' }])
  })

  it('scroll with two that keep their distance, where that is wanted, and pinch with two that do not', () => {
    const tracker = new GestureTracker(() => true)
    tracker.down(1, { x: 0, y: 100 }, 0)
    tracker.down(2, { x: 60, y: 100 }, 10)
    let scrolled = 0
    for (let y = 98; y >= 40; y -= 2) {
      for (const [id, x] of [
        [1, 0],
        [2, 60],
      ] as const)
        for (const gesture of tracker.move(id, { x, y })) {
          expect(gesture.type).toBe('scroll')
          if (gesture.type === 'scroll') scrolled += gesture.dy
        }
    }
    expect(scrolled).toBeLessThan(-40)
    tracker.up(1, 300)
    tracker.up(2, 300)
    tracker.down(1, { x: 0, y: 0 }, 400)
    tracker.down(2, { x: 60, y: 0 }, 410)
    const types = [80, 100, 120].flatMap((x) => tracker.move(2, { x, y: 0 }).map(({ type }) => type))
    expect(types.at(-1)).toBe('pinch')
  })

  it('pan with one', () => {
    const tracker = new GestureTracker()
    tracker.down(1, { x: 10, y: 10 }, 0)
    expect(tracker.move(1, { x: 30, y: 10 })).toEqual([{ type: 'pan', dx: 20, dy: 0 }])
    expect(tracker.move(1, { x: 31, y: 12 })).toEqual([{ type: 'pan', dx: 1, dy: 2 }])
    expect(tracker.held(900)).toBe(false)
    expect(tracker.up(1, 1_000)).toEqual([])
  })

  it('pinch with two, around the middle between them', () => {
    const tracker = new GestureTracker()
    tracker.down(1, { x: 0, y: 0 }, 0)
    tracker.down(2, { x: 100, y: 0 }, 10)
    expect(tracker.move(2, { x: 200, y: 0 })).toEqual([
      { type: 'pinch', from: { x: 50, y: 0 }, to: { x: 100, y: 0 }, factor: 2 },
    ])
    tracker.up(2, 50)
    expect(tracker.move(1, { x: 10, y: 0 })).toEqual([{ type: 'pan', dx: 10, dy: 0 }])
    expect(tracker.up(1, 60)).toEqual([])
  })

  it('mean nothing when there are three, or when the browser takes them away', () => {
    const tracker = new GestureTracker()
    for (const id of [1, 2, 3]) tracker.down(id, { x: id * 10, y: 0 }, 0)
    expect(tracker.move(1, { x: 90, y: 90 })).toEqual([])
    for (const id of [1, 2, 3]) tracker.cancel(id)
    expect(tracker.up(1, 100)).toEqual([])
  })
})
