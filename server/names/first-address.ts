import type { NameResolver } from './name-resolver.ts'

/** The address to look at for `name`, or null when it is not known and cannot be found in time. Never throws. */
export async function firstAddress(
  names: NameResolver,
  name: string,
  limitMs: number,
): Promise<string | null> {
  const { promise: late, resolve } = Promise.withResolvers<null>()
  const timer = setTimeout(resolve, limitMs, null)
  try {
    const found = await Promise.race([names.resolve(name, null), late])
    return found?.[0] ?? null
  } catch {
    // The name has no address, which is what the caller learns.
    return null
  } finally {
    clearTimeout(timer)
  }
}
