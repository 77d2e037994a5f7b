/** How often a test with random runs goes round: few times with `npm test`, in full with `npm run soak`. */
export function rounds(few: number, full: number): number {
  return isSoak ? full : few
}

/** Whether this is `npm run soak`. */
export const isSoak = process.env['CRASHCART_SOAK'] !== undefined
