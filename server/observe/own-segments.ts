import { BlockList, isIP } from 'node:net'
import { networkInterfaces } from 'node:os'

/** An IPv4 or IPv6 network that this computer has a cable in, `10.0.0.0/24` by any of its addresses. */
export type Segment = { address: string; prefix: number }

/** The networks of this computer's interfaces, without loopback and link-local ones. */
export function ownSegments(): Segment[] {
  return Object.values(networkInterfaces()).flatMap((all) =>
    (all ?? []).flatMap(({ cidr, internal, address }) => {
      const prefix = Number(cidr?.split('/')[1])
      // A tunnel has one address and no neighbours.
      const isPoint = prefix === 32 || prefix === 128
      if (internal || isPoint || Number.isNaN(prefix) || address.startsWith('fe80:')) return []
      return [{ address, prefix }]
    }),
  )
}

/** Is this address in one of them? */
export function segmentOf(address: string, segments: readonly Segment[]): Segment | null {
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
  if (isIP(address) === 0) return null
  return (
    segments.find((segment) => {
      if ((isIP(segment.address) === 6 ? 'ipv6' : 'ipv4') !== family) return false
      const list = new BlockList()
      list.addSubnet(segment.address, segment.prefix, family)
      return list.check(address, family)
    }) ?? null
  )
}
