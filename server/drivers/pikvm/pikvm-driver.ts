import { isAppError } from '../../errors.ts'
import { createNameResolver, type NameResolver } from '../../names/name-resolver.ts'
import type { EndpointAccess, EndpointDriver, EndpointOffer } from '../driver.ts'
import { presentedCertificate } from '../pinned-tls.ts'
import { openConnection } from './connection.ts'
import { createCredentials, createLoginStore } from './credentials.ts'
import { readApi } from './device-api.ts'
import { createDialer } from './dialer.ts'
import { readOffer } from './offer.ts'
import { startPatience } from './patience.ts'
import { defaultTimings, type PikvmTimings } from './timings.ts'
import { within } from './within.ts'

/** Driver for PiKVM (kvmd 3.x and 4.x behind its own web server). `names`: a resolver of its own by default. */
export function createPikvmDriver(
  options: { timings?: Partial<PikvmTimings>; names?: NameResolver } = {},
): EndpointDriver {
  const timings: PikvmTimings = { ...defaultTimings, ...options.timings }
  const names = options.names ?? createNameResolver()
  const logins = createLoginStore()

  async function offerOf(access: EndpointAccess, signal: AbortSignal): Promise<EndpointOffer> {
    const dialer = createDialer(access, names, {
      onPinMismatch: () => undefined,
      onGoodAddress: () => undefined,
    })
    const credentials = createCredentials(access, { dialer, logins, timings, now: Date.now })
    // Only a person asks for this.
    credentials.allowAgain()
    const patience = startPatience(timings.readAllMs)
    // A next one-time code is waited for only while there is time left to log in and read.
    await credentials.untilCodeDue({ timeoutMs: timings.readAllMs / 2, signal })
    await credentials.headers({ timeoutMs: patience.leftMs(), signal })
    const get = (path: string) =>
      readApi({ dialer, credentials }, path, { patience: startPatience(timings.readMs), signal })
    // Alone and first, so that wrong credentials are tried once and not four times.
    const info = await get('/api/info')
    // Together, since each is a connection with all its round trips.
    const [atx, gpio, kvmSwitch] = await Promise.all([
      get('/api/atx'),
      get('/api/gpio'),
      orNull(get('/api/switch')),
    ])
    return readOffer({ info, atx, gpio, kvmSwitch })
  }

  async function read(access: EndpointAccess, signal: AbortSignal): Promise<EndpointOffer> {
    const ms = timings.readAllMs
    const otherwise = `The device did not tell what it has within ${ms / 1_000} s.`
    return await within({ ms, signal, otherwise }, (over) => offerOf(access, over))
  }

  return {
    probe: (address, port, signal) =>
      presentedCertificate({ address, port, lastGoodAddress: null }, names, {
        timeoutMs: timings.connectMs,
        signal,
      }),
    read,
    open: (access, hooks) => openConnection(access, hooks, { names, logins, timings }),
  }
}

/** Null where the device is too old to have the route. */
async function orNull(result: Promise<unknown>): Promise<unknown> {
  try {
    return await result
  } catch (error) {
    if (isAppError(error) && error.code === 'device/unsupported') return null
    throw error
  }
}
