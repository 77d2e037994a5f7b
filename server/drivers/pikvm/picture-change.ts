import { crc32 } from 'node:zlib'
import { JpegLumaReader, type LumaGrid } from './jpeg-luma.ts'

/** `small`: no more than a cursor, a clock or a few characters since the picture last changed. */
type PictureChange = 'none' | 'small' | 'whole'

/** Notices when a source's picture is another than its last one. */
export interface PictureWatch {
  /** `none` for a source's first picture: there is nothing to compare it with. */
  compare(source: string, jpeg: Buffer, now: number): PictureChange
  /** The next picture of each source is its first again. */
  forget(): void
}

/** A block's mean brightness that differs by this much is no noise: a stray pixel moves it by one or two. */
const noise = 6
/** As much of a picture as a clock and a cursor cover. */
const smallShare = 0.015
const smallestBlocks = 12
/** A picture that moves is looked at this often; one that stopped is sent again each second. */
const lookEveryMs = 700

type Seen = {
  crc: number
  lookedAt: number
  grid: LumaGrid | null
  reference: LumaGrid | null
  /** Blocks that have differed from the reference since it was taken. */
  touched: Uint8Array
}

/**
 * Judges by brightness on a grid of 8 × 8 pixels, with a threshold for noise. Pictures of different sources (stream,
 * stills of each size) are never compared with one another.
 */
export function createPictureWatch(): PictureWatch {
  const reader = new JpegLumaReader()
  const sources = new Map<string, Seen>()

  function begin(source: string, crc: number, grid: LumaGrid | null, now: number): void {
    const touched = new Uint8Array(grid?.values.length ?? 0)
    sources.set(source, { crc, lookedAt: now, grid, reference: grid, touched })
  }

  return {
    compare(source, jpeg, now) {
      const seen = sources.get(source)
      if (seen !== undefined && now - seen.lookedAt < lookEveryMs && now >= seen.lookedAt) return 'none'
      const crc = crc32(jpeg)
      if (seen === undefined) {
        begin(source, crc, reader.read(jpeg), now)
        return 'none'
      }
      seen.lookedAt = now
      if (crc === seen.crc) return 'none'
      seen.crc = crc
      const grid = reader.read(jpeg)
      const change = grid === null ? 'whole' : changeOf(seen, grid)
      seen.grid = grid
      if (change === 'whole') begin(source, crc, grid, now)
      return change
    },
    forget: () => sources.clear(),
  }
}

function changeOf(seen: Seen, next: LumaGrid): PictureChange {
  const { grid, reference, touched } = seen
  if (grid === null || reference === null || grid.columns !== next.columns || grid.rows !== next.rows)
    return 'whole'
  let isStirred = false
  let touchedBlocks = 0
  for (const [index, value] of next.values.entries()) {
    if (Math.abs(value - (grid.values[index] ?? 0)) > noise) isStirred = true
    if (Math.abs(value - (reference.values[index] ?? 0)) > noise) touched[index] = 1
    touchedBlocks += touched[index] ?? 0
  }
  if (touchedBlocks > Math.max(smallestBlocks, touched.length * smallShare)) return 'whole'
  return isStirred ? 'small' : 'none'
}
