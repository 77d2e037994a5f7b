import type { Check } from '../contract/inventory.ts'
import type { CheckResult } from '../contract/state.ts'
import type { NameResolver } from './resolve-name.ts'
import { runCheck } from './run-check.ts'

/** Makes the function that resolves a check's name and runs it, both within `limitMs`. It never throws. */
export function makeLooker(resolver: NameResolver, limitMs = 5000): (check: Check) => Promise<CheckResult> {
  return async (check) => {
    const startedAt = performance.now()
    const address = await resolver.resolve(check.address)
    if (address === null) return 'noAnswer'
    return runCheck(check, address, limitMs - (performance.now() - startedAt))
  }
}
