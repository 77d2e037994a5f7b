import { GLYPH, glyphRows } from './font.ts'
import type { Picture } from './picture.ts'

/** Pixels, four bytes each (red, green, blue, opaque). */
export interface Pixels {
  width: number
  height: number
  data: Uint8Array
}

/** The sixteen VGA text colours. */
const PALETTE = [
  [0, 0, 0],
  [0, 0, 170],
  [0, 170, 0],
  [0, 170, 170],
  [170, 0, 0],
  [170, 0, 170],
  [170, 85, 0],
  [170, 170, 170],
  [85, 85, 85],
  [85, 85, 255],
  [85, 255, 85],
  [85, 255, 255],
  [255, 85, 85],
  [255, 85, 255],
  [255, 255, 85],
  [255, 255, 255],
] as const

/** Little-endian RGBA words of the palette. */
const WORDS = Uint32Array.from(
  PALETTE,
  ([red, green, blue]) => ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0,
)

const GLYPHS: readonly (readonly number[])[] = Array.from({ length: 256 }, (_, code) => glyphRows(code))

interface Grid {
  cellWidth: number
  cellHeight: number
  /** Size of a glyph's dot. */
  dotWidth: number
  dotHeight: number
  left: number
  top: number
}

const STRAY_PIXELS = 600

/** Draws a text picture the way a VGA text console looks. */
export function paint(picture: Picture): Pixels {
  const { width, height } = picture
  const words = new Uint32Array(width * height).fill(WORDS[0] ?? 0)
  const grid = gridOf(picture)
  for (let row = 0; row < picture.rows; row += 1)
    for (let column = 0; column < picture.columns; column += 1) paintCell(words, picture, grid, row, column)
  if (picture.cursor) paintCursor(words, picture, grid, picture.cursor)
  if (picture.noise !== null) paintNoise(words, picture.noise)
  return { width, height, data: new Uint8Array(words.buffer) }
}

function gridOf({ width, height, columns, rows }: Picture): Grid {
  const cellWidth = Math.floor(width / columns)
  const cellHeight = Math.floor(height / rows)
  const dotWidth = Math.max(1, Math.floor(cellWidth / (GLYPH.width + 1)))
  const dotHeight = Math.max(1, Math.floor(cellHeight / GLYPH.height))
  const left = Math.floor((width - cellWidth * columns) / 2)
  const top = Math.floor((height - cellHeight * rows) / 2)
  return { cellWidth, cellHeight, dotWidth, dotHeight, left, top }
}

function fillRect(
  words: Uint32Array,
  width: number,
  rect: { x: number; y: number; width: number; height: number },
  word: number,
): void {
  for (let y = rect.y; y < rect.y + rect.height; y += 1) {
    const start = y * width + rect.x
    words.fill(word, start, start + rect.width)
  }
}

function paintCell(words: Uint32Array, picture: Picture, grid: Grid, row: number, column: number): void {
  const index = row * picture.columns + column
  const attribute = picture.attributes[index] ?? 0
  const x = grid.left + column * grid.cellWidth
  const y = grid.top + row * grid.cellHeight
  const background = attribute >> 4
  const cell = { x, y, width: grid.cellWidth, height: grid.cellHeight }
  if (background !== 0) fillRect(words, picture.width, cell, WORDS[background] ?? 0)
  const code = picture.characters[index] ?? 0x20
  if (code !== 0x20) paintGlyph(words, picture.width, grid, { x, y }, code, WORDS[attribute & 15] ?? 0)
}

/** Dots are drawn one pixel wider than they are spaced, which gives strokes the weight of a VGA font. */
function paintGlyph(
  words: Uint32Array,
  width: number,
  grid: Grid,
  at: { x: number; y: number },
  code: number,
  word: number,
): void {
  const { dotWidth, dotHeight } = grid
  const insetX = Math.floor((grid.cellWidth - GLYPH.width * dotWidth) / 2)
  const insetY = Math.floor((grid.cellHeight - GLYPH.height * dotHeight) / 2)
  GLYPHS[code]?.forEach((bits, glyphRow) => {
    for (let dot = 0; dot < GLYPH.width; dot += 1) {
      if (((bits >> (GLYPH.width - 1 - dot)) & 1) === 0) continue
      const x = at.x + insetX + dot * dotWidth
      const y = at.y + insetY + glyphRow * dotHeight
      fillRect(words, width, { x, y, width: dotWidth + 1, height: dotHeight }, word)
    }
  })
}

function paintCursor(
  words: Uint32Array,
  picture: Picture,
  grid: Grid,
  cursor: { row: number; column: number },
): void {
  const column = Math.min(cursor.column, picture.columns - 1)
  const thickness = grid.dotHeight
  const rect = {
    x: grid.left + column * grid.cellWidth,
    y: grid.top + (cursor.row + 1) * grid.cellHeight - thickness - 1,
    width: grid.cellWidth,
    height: thickness,
  }
  fillRect(words, picture.width, rect, WORDS[7] ?? 0)
}

function paintNoise(words: Uint32Array, pattern: number): void {
  let seed = 0x9e3779b9 ^ (pattern * 0x85ebca6b)
  for (let index = 0; index < STRAY_PIXELS; index += 1) {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
    words[seed % words.length] = WORDS[8] ?? 0
  }
}

/** Shrinks a picture to at most that size, keeping its proportions, by averaging areas. */
export function shrink(pixels: Pixels, maxWidth: number, maxHeight: number): Pixels {
  const factor = Math.min(maxWidth / pixels.width, maxHeight / pixels.height, 1)
  const width = Math.max(1, Math.round(pixels.width * factor))
  const height = Math.max(1, Math.round(pixels.height * factor))
  const data = new Uint8Array(width * height * 4)
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1) averageArea(pixels, data, { x, y, width, height })
  return { width, height, data }
}

function averageArea(
  from: Pixels,
  to: Uint8Array,
  at: { x: number; y: number; width: number; height: number },
): void {
  const left = Math.floor((at.x * from.width) / at.width)
  const right = Math.max(left + 1, Math.floor(((at.x + 1) * from.width) / at.width))
  const top = Math.floor((at.y * from.height) / at.height)
  const bottom = Math.max(top + 1, Math.floor(((at.y + 1) * from.height) / at.height))
  const sums = [0, 0, 0]
  for (let y = top; y < bottom; y += 1)
    for (let x = left; x < right; x += 1)
      for (let channel = 0; channel < 3; channel += 1)
        sums[channel] = (sums[channel] ?? 0) + (from.data[(y * from.width + x) * 4 + channel] ?? 0)
  const count = (right - left) * (bottom - top)
  const target = (at.y * at.width + at.x) * 4
  for (let channel = 0; channel < 3; channel += 1)
    to[target + channel] = Math.round((sums[channel] ?? 0) / count)
  to[target + 3] = 255
}
