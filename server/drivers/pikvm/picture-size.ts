/** Each side and all pixels; a PiKVM captures 1920 × 1200 at most. */
const maxSide = 4_096
const maxPixels = 4_096 * 2_160

/** Whether a picture may be of this size. A phone that shows a larger one, as a lying device can claim, may run out of memory. */
export function isPossibleSize({ width, height }: { width: number; height: number }): boolean {
  const isSide = (side: number) => side >= 1 && side <= maxSide
  return isSide(width) && isSide(height) && width * height <= maxPixels
}
