import type { NameProblem } from '../contract/state.ts'
import { nameProblemOf, type NameResolver } from './name-resolver.ts'

/** The address to look at for `name`, or why there is none and never was. Never throws. */
export async function firstAddress(
  names: NameResolver,
  name: string,
  limitMs: number,
): Promise<{ address: string } | { problem: NameProblem }> {
  const { promise: late, resolve } = Promise.withResolvers<string[]>()
  const timer = setTimeout(resolve, limitMs, [])
  try {
    const [address] = await Promise.race([names.resolve(name, null), late])
    return address === undefined ? { problem: 'dnsSilent' } : { address }
  } catch (error) {
    return { problem: nameProblemOf(error) }
  } finally {
    clearTimeout(timer)
  }
}
