import { isIP } from 'node:net'
import { type IpmiClientOptions, isQuirkName, openUdpLink } from 'node-ipmi'
import { hexKg } from '../../contract/inventory.ts'
import type { NameResolver } from '../../names/name-resolver.ts'
import type { EndpointAccess } from '../driver.ts'
import type { IpmiTimings } from './timings.ts'

/** TEST-NET: the library wants an address where the name is looked up by `openLink` instead. */
const lookedUpLater = '192.0.2.1'

/**
 * How the library talks to this endpoint. Names are looked up here, with the last good address for the day that DNS is
 * dead; `onAddress` hears which one was taken.
 */
export function clientOptions(
  access: EndpointAccess,
  names: NameResolver,
  timings: IpmiTimings,
  onAddress: (address: string) => void = () => undefined,
): IpmiClientOptions {
  const { address, port, user, password, ipmi, lastGoodAddress } = access
  const suite = ipmi?.suite ?? null
  return {
    host: isIP(address) === 0 ? lookedUpLater : address,
    port,
    username: user,
    password,
    quirks: (ipmi?.quirks ?? []).filter(isQuirkName),
    connectTimeoutMs: timings.connectMs,
    commandTimeoutMs: timings.commandMs,
    ...(ipmi?.kg != null && { kg: kgBytes(ipmi.kg) }),
    ...(suite !== null && { cipherSuites: [suite] }),
    openLink: async (_, linkPort) => {
      const [found = address] = await names.resolve(address, lastGoodAddress)
      onAddress(found)
      return await openUdpLink(found, linkPort)
    },
  }
}

/** A key that was entered as 0x and hex digits, or as text. */
function kgBytes(kg: string): Buffer {
  return hexKg.test(kg) ? Buffer.from(kg.slice(2), 'hex') : Buffer.from(kg)
}
