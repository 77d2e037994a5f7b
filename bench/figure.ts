/** One measured figure, printed as one JSON line. `ratio` is ours over the reference in the same run. */
export type Figure = {
  name: string
  value: number
  unit: string
  /** Null when the reference could not run; then `why` says why. */
  reference: number | null
  why?: string
  /** What `ratio` (or, without a reference, `value`) should stay at or under. */
  goal: number | null
  /** Sample count and spread (p10–p90, or min–max for few samples) in `unit`. */
  n: number
  spread: [number, number]
}

/** Prints the figure; numbers are rounded to four significant digits. */
export function printFigure(figure: Figure): void {
  const ratio = figure.reference === null || figure.reference === 0 ? null : figure.value / figure.reference
  const { name, value, unit, reference, goal, n, spread, why } = figure
  const line = {
    name,
    value: round(value),
    unit,
    reference: reference === null ? null : round(reference),
    ratio: ratio === null ? null : round(ratio),
    goal,
    n,
    spread: spread.map(round),
    ...(why === undefined ? {} : { why }),
  }
  process.stdout.write(`${JSON.stringify(line)}\n`)
}

function round(value: number): number {
  return Number(value.toPrecision(4))
}

/** The q-quantile (0…1) of `samples`, by the nearest rank. Throws when there are none. */
export function quantile(samples: readonly number[], q: number): number {
  const sorted = samples.toSorted((a, b) => a - b)
  const value = sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))]
  if (value === undefined) throw new Error('no samples: nothing was measured')
  return value
}

/** p10 and p90 for ten samples or more, else the smallest and the largest. */
export function spreadOf(samples: readonly number[]): [number, number] {
  return samples.length >= 10
    ? [quantile(samples, 0.1), quantile(samples, 0.9)]
    : [Math.min(...samples), Math.max(...samples)]
}

/** Ends the benchmark with exit code 1: what arrived is not what was sent, so no figure would be honest. */
export function failBench(reason: string): never {
  process.stderr.write(`benchmark void: ${reason}\n`)
  process.exit(1)
}
