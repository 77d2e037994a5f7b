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
    expect(tracker.held(499)).toEqual([])
    expect(tracker.held(500)).toEqual([{ type: 'longPress', at: { x: 10, y: 10 } }])
    expect(tracker.up(1, 600)).toEqual([])
  })

  it('pan with one', () => {
    const tracker = new GestureTracker()
    tracker.down(1, { x: 10, y: 10 }, 0)
    expect(tracker.move(1, { x: 30, y: 10 })).toEqual([{ type: 'pan', dx: 20, dy: 0 }])
    expect(tracker.move(1, { x: 31, y: 12 })).toEqual([{ type: 'pan', dx: 1, dy: 2 }])
    expect(tracker.held(900)).toEqual([])
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
