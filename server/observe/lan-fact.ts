import type { LanFact } from '../contract/state.ts'
import type { Neighbour } from './neighbours.ts'

/**
 * Whether a machine's address is still its own: `same` while its own hardware answers for it, `moved` where its hardware
 * answers for one other address instead, `taken` where other hardware answers for its address. Null: nothing was
 * heard that would say. Pure.
 */
export function judgeLan(
  known: { mac: string; address: string },
  neighbours: readonly Neighbour[],
): LanFact | null {
  const { mac, address } = known
  const fresh = neighbours.filter(({ isFresh }) => isFresh)
  const holders = fresh.filter((one) => one.address === address)
  if (holders.some((one) => one.mac === mac)) return { kind: 'same', mac }
  const elsewhere = [
    ...new Set(
      fresh.filter((one) => one.mac === mac && isSameFamily(one.address, address)).map((one) => one.address),
    ),
  ]
  const [to] = elsewhere
  // Hardware that answers for many is a router, or has many addresses: then one of them tells nothing.
  if (to !== undefined && elsewhere.length === 1) return { kind: 'moved', mac, to }
  const [holder] = holders
  return holder === undefined ? null : { kind: 'taken', mac, by: holder.mac }
}

function isSameFamily(one: string, other: string): boolean {
  return one.includes(':') === other.includes(':')
}
