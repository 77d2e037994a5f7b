import { isAppError } from '../../errors.ts'
import { createNameResolver, type NameResolver } from '../../names/name-resolver.ts'
import type { EndpointAccess, EndpointDriver, EndpointOffer } from '../driver.ts'
import { presentedCertificate } from '../pinned-tls.ts'
import { openConnection } from './connection.ts'
import { createCredentials, createLoginStore } from './credentials.ts'
import { readApi } from './device-api.ts'
import { createDialer } from './dialer.ts'
import { readOffer } from './offer.ts'
import { defaultTimings, type PikvmTimings } from './timings.ts'

/** Driver for PiKVM (kvmd 3.x and 4.x behind its own web server). `names`: a resolver of its own by default. */
export function createPikvmDriver(
  options: { timings?: Partial<PikvmTimings>; names?: NameResolver } = {},
): EndpointDriver {
  const timings: PikvmTimings = { ...defaultTimings, ...options.timings }
  const names = options.names ?? createNameResolver()
  const logins = createLoginStore()

  async function read(access: EndpointAccess, signal: AbortSignal): Promise<EndpointOffer> {
    const dialer = createDialer(access, names, {
      onPinMismatch: () => undefined,
      onGoodAddress: () => undefined,
    })
    const credentials = createCredentials(access, { dialer, logins, now: Date.now })
    await credentials.headers({ timeoutMs: timings.loginMs, signal })
    const get = (path: string) =>
      readApi({ dialer, credentials }, path, { timeoutMs: timings.readMs, signal })
    // One after the other: the first refusal ends it, so that wrong credentials are tried once and not four times.
    const info = await get('/api/info')
    const atx = await get('/api/atx')
    const gpio = await get('/api/gpio')
    return readOffer({ info, atx, gpio, kvmSwitch: await orNull(get('/api/switch')) })
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
