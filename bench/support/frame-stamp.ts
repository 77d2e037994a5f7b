const mark = 'made-at '

/** A JPEG comment that says when the frame was made. CLOCK_MONOTONIC, the same in every process of this system. */
export function stampComment(): Buffer {
  return Buffer.from(`${mark}${process.hrtime.bigint().toString().padStart(20, '0')}`)
}

/** How long ago a frame with such a comment was made, ms; null without one. */
export function stampAgeMs(frame: Buffer): number | null {
  const at = frame.indexOf(mark)
  if (at === -1) return null
  const made = BigInt(frame.toString('latin1', at + mark.length, at + mark.length + 20))
  return Number(process.hrtime.bigint() - made) / 1e6
}
