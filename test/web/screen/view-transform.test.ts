import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  clamped,
  fitted,
  isFitted,
  panned,
  pinched,
  resized,
  toMouse,
  toggled,
} from '../../../web/features/screen/view-transform.ts'

const stage = { width: 360, height: 500 }
const picture = { width: 1280, height: 720 }

describe('picture on the stage', () => {
  it('begins whole and in the middle', () => {
    expect(fitted(stage, picture)).toEqual({ scale: 0.28125, x: 0, y: (500 - 202.5) / 2 })
  })

  it('keeps under the fingers what was under them', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 360 }),
        fc.integer({ min: 0, max: 500 }),
        fc.double({ min: 0.5, max: 3, noNaN: true }),
        (x, y, factor) => {
          const view = { scale: 1, x: -100, y: -50 }
          const to = { x: x + 10, y: y - 5 }
          const after = pinched(view, { x, y }, to, factor)
          const point = { x: (x - view.x) / view.scale, y: (y - view.y) / view.scale }
          expect(point.x * after.scale + after.x).toBeCloseTo(to.x, 6)
          expect(point.y * after.scale + after.y).toBeCloseTo(to.y, 6)
        },
      ),
    )
  })

  it('can be neither lost nor shrunk below the whole, however it is moved', () => {
    const step = fc.record({
      dx: fc.integer({ min: -3000, max: 3000 }),
      dy: fc.integer({ min: -3000, max: 3000 }),
      factor: fc.double({ min: 0.1, max: 10, noNaN: true }),
    })
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        let view = fitted(stage, picture)
        for (const { dx, dy, factor } of steps) {
          view = clamped(
            panned(pinched(view, { x: 180, y: 250 }, { x: 180, y: 250 }, factor), dx, dy),
            stage,
            picture,
          )
          const right = view.x + picture.width * view.scale
          expect(view.scale).toBeGreaterThanOrEqual(0.28125 - 1e-9)
          expect(view.scale).toBeLessThanOrEqual(4)
          expect(view.x <= 1e-6 || right <= stage.width + 1e-6).toBe(true)
          expect(right).toBeGreaterThanOrEqual(stage.width - 1e-6)
        }
      }),
    )
  })

  it('goes to 100 % around the finger at a double tap, and back', () => {
    const full = toggled(fitted(stage, picture), { x: 180, y: 250 }, stage, picture)
    expect(full.scale).toBe(1)
    expect((180 - full.x) / full.scale).toBeCloseTo(640)
    expect(isFitted(toggled(full, { x: 0, y: 0 }, stage, picture), stage, picture)).toBe(true)
  })

  it('at least doubles where 100 % is no more than the whole', () => {
    const large = { width: 2560, height: 1440 }
    expect(toggled(fitted(large, picture), { x: 0, y: 0 }, large, picture).scale).toBe(4)
  })

  it('stays whole when the phone keyboard takes half of the stage', () => {
    const small = { width: 360, height: 220 }
    expect(resized(fitted(stage, picture), stage, small, picture)).toEqual(fitted(small, picture))
  })

  it('maps the corners to the ends of the mouse range, and nothing beside the picture', () => {
    const view = fitted(stage, picture)
    expect(toMouse(view, { x: 0, y: view.y }, picture)).toEqual({ x: -32768, y: -32768 })
    expect(toMouse(view, { x: 360, y: view.y + 202.5 }, picture)).toEqual({ x: 32767, y: 32767 })
    expect(toMouse(view, { x: 180, y: view.y + 101.25 }, picture)).toEqual({ x: 0, y: 0 })
    expect(toMouse(view, { x: 180, y: view.y - 1 }, picture)).toBeNull()
  })
})
