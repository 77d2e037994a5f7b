/** Where the picture lies in the stage: a picture point (px, py) is drawn at (px·scale + x, py·scale + y), CSS pixels. */
export type ViewTransform = { scale: number; x: number; y: number }
export type Size = { width: number; height: number }
export type Point = { x: number; y: number }

const largestScale = 4
const sameScale = 0.001

/** The scale at which the whole picture just fits the stage. */
export function fitScale(stage: Size, picture: Size): number {
  if (picture.width === 0 || picture.height === 0) return 1
  return Math.min(stage.width / picture.width, stage.height / picture.height)
}

/** The whole picture in the middle of the stage. */
export function fitted(stage: Size, picture: Size): ViewTransform {
  return clamped({ scale: fitScale(stage, picture), x: 0, y: 0 }, stage, picture)
}

export function isFitted(view: ViewTransform, stage: Size, picture: Size): boolean {
  return Math.abs(view.scale - fitScale(stage, picture)) < sameScale
}

/** Keeps the scale within bounds and the picture on the stage: no edge is pulled further in than the stage's own. */
export function clamped(view: ViewTransform, stage: Size, picture: Size): ViewTransform {
  const smallest = fitScale(stage, picture)
  const scale = Math.min(Math.max(view.scale, smallest), Math.max(largestScale, smallest))
  return {
    scale,
    x: clampedOffset(view.x, stage.width, picture.width * scale),
    y: clampedOffset(view.y, stage.height, picture.height * scale),
  }
}

/** Two fingers moved: what was under `from` is now under `to`, `factor` times as large. */
export function pinched(view: ViewTransform, from: Point, to: Point, factor: number): ViewTransform {
  return {
    scale: view.scale * factor,
    x: to.x - (from.x - view.x) * factor,
    y: to.y - (from.y - view.y) * factor,
  }
}

export function panned(view: ViewTransform, dx: number, dy: number): ViewTransform {
  return { ...view, x: view.x + dx, y: view.y + dy }
}

/** A double tap: from fitted to 100 % (at least double) around the finger, from anything else back to fitted. */
export function toggled(view: ViewTransform, at: Point, stage: Size, picture: Size): ViewTransform {
  if (!isFitted(view, stage, picture)) return fitted(stage, picture)
  const factor = Math.max(1, view.scale * 2) / view.scale
  return clamped(pinched(view, at, at, factor), stage, picture)
}

/** The stage changed its size: what was fitted stays fitted, otherwise the middle stays the middle. */
export function resized(view: ViewTransform, before: Size, after: Size, picture: Size): ViewTransform {
  if (isFitted(view, before, picture)) return fitted(after, picture)
  const shift = { x: (after.width - before.width) / 2, y: (after.height - before.height) / 2 }
  return clamped(panned(view, shift.x, shift.y), after, picture)
}

/** A point of the stage as absolute mouse position, −32768…32767 over the picture; null beside the picture. */
export function toMouse(view: ViewTransform, at: Point, picture: Size): Point | null {
  const x = (at.x - view.x) / view.scale / picture.width
  const y = (at.y - view.y) / view.scale / picture.height
  if (!(x >= 0 && x <= 1 && y >= 0 && y <= 1)) return null
  return { x: Math.round(x * 65_535) - 32_768, y: Math.round(y * 65_535) - 32_768 }
}

function clampedOffset(offset: number, stage: number, drawn: number): number {
  if (drawn <= stage) return (stage - drawn) / 2
  return Math.min(0, Math.max(stage - drawn, offset))
}
