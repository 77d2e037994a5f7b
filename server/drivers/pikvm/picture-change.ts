import { crc32 } from 'node:zlib'

/** Notices when a source's picture is another than its last one. */
export interface PictureWatch {
  /** False for a source's first picture: there is nothing to compare it with. */
  differs(source: string, jpeg: Buffer): boolean
}

/**
 * Compares the compressed bytes: an unchanged picture of a digital signal compresses to the same bytes again. Pictures
 * of different sources (stream, stills of each size) are never compared with one another.
 */
export function createPictureWatch(): PictureWatch {
  const last = new Map<string, { length: number; crc: number }>()
  return {
    differs(source, jpeg) {
      const before = last.get(source)
      const now = { length: jpeg.length, crc: crc32(jpeg) }
      last.set(source, now)
      return before !== undefined && (before.length !== now.length || before.crc !== now.crc)
    },
  }
}
