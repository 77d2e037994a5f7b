import { clamped, type Size, type ViewTransform } from './view-transform.ts'

/** A part of the machine's picture, in its own pixels. */
export type Area = { x: number; y: number; width: number; height: number }

/** A picture made small: one brightness (0…255) a cell. */
export type Luma = { columns: number; rows: number; cells: Uint8ClampedArray }

/** Video noise stays below this; a letter that appears does not. */
const noise = 20
/** When this much changes, the screen was redrawn and nothing of it says where the cursor is. */
const largestShare = 0.25
const marginPx = 24

/** The cells in which two pictures differ, when that is a small part. Empty otherwise. */
export function changedCells(before: Luma, after: Luma): number[] {
  if (before.cells.length !== after.cells.length) return []
  const changed = [...after.cells.keys()].filter(
    (index) => Math.abs((after.cells[index] ?? 0) - (before.cells[index] ?? 0)) > noise,
  )
  return changed.length > after.cells.length * largestShare ? [] : changed
}

/** Where something was typed between two pictures, `restless` cells (a clock) left out; null when nowhere. */
export function changedArea(
  before: Luma,
  after: Luma,
  picture: Size,
  restless: ReadonlySet<number> = new Set(),
): Area | null {
  const changed = changedCells(before, after).filter((index) => !restless.has(index))
  if (changed.length === 0) return null
  // The lowest line that changed is the one with the prompt.
  const row = Math.max(...changed.map((index) => Math.floor(index / after.columns)))
  const columns = changed
    .filter((index) => Math.floor(index / after.columns) === row)
    .map((index) => index % after.columns)
  const [cellWidth, cellHeight] = [picture.width / after.columns, picture.height / after.rows]
  const last = Math.max(...columns)
  return { x: last * cellWidth, y: row * cellHeight, width: cellWidth, height: cellHeight }
}

/** The view moved as little as needed to show `area`; the same object when it is in view, or all is. */
export function revealed(view: ViewTransform, area: Area, stage: Size, picture: Size): ViewTransform {
  const dx = shift(area.x * view.scale + view.x, area.width * view.scale, stage.width)
  const dy = shift(area.y * view.scale + view.y, area.height * view.scale, stage.height)
  if (dx === 0 && dy === 0) return view
  return clamped({ ...view, x: view.x + dx, y: view.y + dy }, stage, picture)
}

function shift(start: number, length: number, room: number): number {
  const margin = Math.min(marginPx, Math.max(0, (room - length) / 2))
  if (start < margin) return margin - start
  return Math.min(0, room - margin - (start + length))
}
