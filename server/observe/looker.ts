import type { Check } from '../contract/inventory.ts'
import type { CheckResult } from '../contract/state.ts'
import { firstAddress } from '../names/first-address.ts'
import type { NameResolver } from '../names/name-resolver.ts'
import { runCheck } from './run-check.ts'

/** Makes the function that resolves a check's name and runs it, both within `limitMs`. It never throws. */
export function makeLooker(names: NameResolver, limitMs = 5000): (check: Check) => Promise<CheckResult> {
  return async (check) => {
    const startedAt = performance.now()
    const address = await firstAddress(names, check.address, limitMs)
    if (address === null) return 'noAnswer'
    return runCheck(check, address, limitMs - (performance.now() - startedAt))
  }
}
