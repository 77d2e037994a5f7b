import { describe, expect, it } from 'vitest'
import { changedArea, changedCells, revealed, type Luma } from '../../../web/features/screen/follow.ts'

const [columns, rows] = [160, 90]
const picture = { width: 1280, height: 720 }
function luma(paint: (column: number, row: number) => number): Luma {
  const cells = new Uint8ClampedArray(columns * rows)
  for (let index = 0; index < cells.length; index += 1)
    cells[index] = paint(index % columns, Math.floor(index / columns))
  return { columns, rows, cells }
}
const dark = luma(() => 10)

describe('where typing shows', () => {
  it('is where a letter appeared', () => {
    const after = luma((column, row) => (row === 60 && column >= 20 && column <= 22 ? 200 : 10))
    expect(changedArea(dark, after, picture)).toEqual({ x: 22 * 8, y: 60 * 8, width: 8, height: 8 })
  })

  it('is the lowest line when a clock above changes too', () => {
    const after = luma((column, row) =>
      (row === 0 && column > 150) || (row === 40 && column === 5) ? 200 : 10,
    )
    expect(changedArea(dark, after, picture)?.y).toBe(320)
  })

  it('is not where something changes by itself', () => {
    const clock = luma((column, row) => (row === 80 && column === 150 ? 200 : 10))
    const restless = new Set(changedCells(dark, clock))
    expect(changedArea(dark, clock, picture, restless)).toBeNull()
    const letter = luma((column, row) =>
      (row === 80 && column === 150) || (row === 40 && column === 5) ? 200 : 10,
    )
    expect(changedArea(dark, letter, picture, restless)).toMatchObject({ x: 40, y: 320 })
  })

  it('is not known from noise, nor from a screen that was redrawn, nor across a change of size', () => {
    expect(
      changedArea(
        dark,
        luma((column) => 10 + (column % 15)),
        picture,
      ),
    ).toBeNull()
    expect(
      changedArea(
        dark,
        luma((_, row) => (row < 40 ? 200 : 10)),
        picture,
      ),
    ).toBeNull()
    expect(changedArea({ columns: 1, rows: 1, cells: new Uint8ClampedArray(1) }, dark, picture)).toBeNull()
  })
})

describe('the view', () => {
  const stage = { width: 360, height: 200 }
  const view = { scale: 1, x: 0, y: 0 }
  const area = (x: number, y: number) => ({ x, y, width: 8, height: 16 })

  it('moves as little as shows the place, with a margin', () => {
    expect(revealed(view, area(100, 400), stage, picture)).toEqual({ scale: 1, x: 0, y: -(416 + 24 - 200) })
    expect(revealed({ scale: 1, x: -500, y: 0 }, area(100, 50), stage, picture)).toMatchObject({ x: -76 })
  })

  it('stays when the place is in view, and never leaves the picture', () => {
    expect(revealed(view, area(100, 100), stage, picture)).toBe(view)
    expect(revealed(view, area(1272, 704), stage, picture)).toEqual({ scale: 1, x: 360 - 1280, y: 200 - 720 })
  })
})
