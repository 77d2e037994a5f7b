import { IpmiClient, isIpmiError } from 'node-ipmi'
import { AppError } from '../../errors.ts'
import { createNameResolver, type NameResolver } from '../../names/name-resolver.ts'
import type { DriverHooks, EndpointAccess, EndpointDriver, EndpointOffer } from '../driver.ts'
import { clientOptions } from './client-options.ts'
import { openConnection } from './connection.ts'
import { deviceError } from './device-error.ts'
import { readOffer } from './offer.ts'
import { sessionJournal } from './session-journal.ts'
import { defaultTimings, type IpmiTimings } from './timings.ts'

/** Driver for BMCs that speak IPMI 2.0 over LAN. `names`: a resolver of its own by default. */
export function createIpmiDriver(
  options: { timings?: Partial<IpmiTimings>; names?: NameResolver } = {},
): EndpointDriver {
  const timings: IpmiTimings = { ...defaultTimings, ...options.timings }
  const names = options.names ?? createNameResolver()

  async function read(access: EndpointAccess, signal: AbortSignal): Promise<EndpointOffer> {
    try {
      await using client = new IpmiClient(clientOptions(access, names, timings))
      await client.connect({ signal })
      return await readOffer(client, { signal })
    } catch (error) {
      if (!isIpmiError(error) && !signal.aborted) throw error
      throw deviceError(error)
    }
  }

  return {
    read,
    probe: () => Promise.reject(new AppError('device/unsupported', 'A BMC has no certificate to show.')),
    open: (access, hooks) =>
      openConnection(access, hooks, {
        timings,
        options: {
          ...clientOptions(access, names, timings, rememberGood(access, hooks)),
          ...(hooks.sessionNotes && { journal: sessionJournal(hooks.sessionNotes) }),
        },
      }),
  }
}

/** Tells of an address other than the last good one, once each. */
function rememberGood({ address, lastGoodAddress }: EndpointAccess, hooks: DriverHooks) {
  let known = lastGoodAddress
  return (found: string): void => {
    if (found === known || found === address) return
    known = found
    hooks.onGoodAddress(found)
  }
}
