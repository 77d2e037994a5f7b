/** A new seed each time, printed so that a run can be repeated with `CRASHCART_SEED`. */
export function freshSeed(what: string): number {
  const seed = Number(process.env['CRASHCART_SEED'] ?? Math.floor(Math.random() * 0x7fffffff))
  process.stdout.write(`${what}: CRASHCART_SEED=${seed}\n`)
  return seed
}

/** The same seed each time with `npm test`, so that a change is judged by what it did; a new one with `npm run soak`. */
export function soakSeed(what: string): number {
  if (process.env['CRASHCART_SOAK'] !== undefined || process.env['CRASHCART_SEED'] !== undefined)
    return freshSeed(what)
  const seed = 2026
  process.stdout.write(`${what}: CRASHCART_SEED=${seed}\n`)
  return seed
}

/** Numbers from 0 up to 1, always the same ones for a seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000
  }
}
