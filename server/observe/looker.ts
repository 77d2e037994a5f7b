import type { Check } from '../contract/inventory.ts'
import { firstAddress } from '../names/first-address.ts'
import type { NameResolver } from '../names/name-resolver.ts'
import { isWebCheck } from './check-id.ts'
import type { Found, NotLooked } from './found.ts'
import type { PingAnswer, Pinger } from './ping.ts'
import { runCheck } from './run-check.ts'
import { runWebCheck } from './web-check.ts'

/** Makes the function that resolves a check's name and runs it, both within `limitMs`. It never throws. */
export function makeLooker(
  names: NameResolver,
  limitMs = 5000,
): (check: Check) => Promise<Found | NotLooked> {
  return async (check) => {
    const startedAt = performance.now()
    const found = await firstAddress(names, check.address, limitMs)
    if ('problem' in found) return { result: null, said: null, nameProblem: found.problem }
    const { address } = found
    const leftMs = Math.max(1, limitMs - (performance.now() - startedAt))
    return isWebCheck(check) ? runWebCheck(check, address, leftMs) : runCheck(check, address, leftMs)
  }
}

/** Makes the function that resolves a machine's name and pings it. It never throws. */
export function makePing(
  names: NameResolver,
  pinger: Pick<Pinger, 'ask'>,
  limitMs = 5000,
): (name: string) => Promise<PingAnswer> {
  return async (name) => {
    const found = await firstAddress(names, name, limitMs)
    return 'problem' in found ? 'noName' : pinger.ask(found.address)
  }
}

/** Makes the function that says where a name leads now; null: nowhere. It never throws. */
export function makeAddressOf(names: NameResolver, limitMs = 5000): (name: string) => Promise<string | null> {
  return async (name) => {
    const found = await firstAddress(names, name, limitMs)
    return 'problem' in found ? null : found.address
  }
}
