/** How a raw reading becomes a value. @see IPMI 2.0 §36.3 */
export interface Conversion {
  /** 0 unsigned, 1 one's complement, 2 two's complement, 3 not analog. */
  format: number
  linearization: number
  m: number
  b: number
  rExp: number
  bExp: number
}

const linear: Readonly<Record<number, (x: number) => number>> = {
  0: (x) => x,
  1: Math.log,
  2: Math.log10,
  3: Math.log2,
  4: Math.exp,
  5: (x) => 10 ** x,
  6: (x) => 2 ** x,
  7: (x) => 1 / x,
  8: (x) => x * x,
  9: (x) => x * x * x,
  10: Math.sqrt,
  11: Math.cbrt,
}

/** L((M·x + B·10^Bexp)·10^Rexp), or undefined when the sensor is not analog or not linear. */
export function convertReading(raw: number, c: Conversion): number | undefined {
  const linearize = linear[c.linearization & 0x7f]
  if (c.format === 3 || !linearize) return undefined
  const value = linearize((c.m * signedReading(raw, c.format) + c.b * 10 ** c.bExp) * 10 ** c.rExp)
  if (!Number.isFinite(value)) return undefined
  return round(value)
}

function signedReading(raw: number, format: number): number {
  if (format === 2) return raw > 127 ? raw - 256 : raw
  if (format === 1) return raw > 127 ? raw - 255 : raw
  return raw
}

/** Takes off what floating point added: nine significant digits are more than eight bits hold. */
function round(value: number): number {
  return Number(value.toPrecision(9))
}
