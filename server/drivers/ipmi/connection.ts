import { IpmiClient, type IpmiClientOptions } from 'node-ipmi'
import type { DriverHooks, EndpointAccess, EndpointConnection, Unsubscribe } from '../driver.ts'
import { blankBmcState } from '../blank-bmc-state.ts'
import { blankKvmState } from '../blank-kvm-state.ts'
import { deviceError } from './device-error.ts'
import { createDetails } from './details.ts'
import { observeBmc } from './observed-bmc.ts'
import { createPower } from './power.ts'
import { createSerial } from './serial.ts'
import { watchSerial } from './serial-watch.ts'
import { createStatusLoop } from './status-loop.ts'
import type { IpmiTimings } from './timings.ts'
import { accessWarnings } from './warnings.ts'

/** A running connection to one BMC: one session for polling, power, console and settings. Starts at once, never throws. */
export function openConnection(
  access: EndpointAccess,
  hooks: DriverHooks,
  { timings, options }: { timings: IpmiTimings; options: IpmiClientOptions },
): EndpointConnection {
  const now = (): number => hooks.now()
  const closing = new AbortController()
  const client = new IpmiClient(options)
  const warnings = accessWarnings(access)
  const observed = observeBmc(blankBmcState(access.endpointId, null, now(), warnings), now, hooks.log)
  const serial = createSerial(client)
  const parts = { client, observed, timings, now, signal: closing.signal }
  const details = createDetails({ ...parts, options })
  const status = createStatusLoop({ ...parts, onPowerChanged: () => details.refreshSoon() })
  const watchers = new Set<AbortController>()
  const work = [status.run(), details.run()]

  function watchClosely(): Unsubscribe {
    const stop = new AbortController()
    watchers.add(stop)
    if (watchers.size === 1) {
      status.setClose(true)
      details.setClose(true)
      // The first watcher's signal must not end what a later one still needs.
      listening = new AbortController()
      work.push(watchSerial({ serial, observed, timings, now }, listening.signal))
    }
    return () => {
      if (!watchers.delete(stop) || watchers.size > 0) return
      status.setClose(false)
      details.setClose(false)
      listening.abort()
    }
  }
  let listening = new AbortController()

  return {
    video: null,
    input: null,
    state: { state: blankKvmState(access.endpointId, null, now()), onChange: () => () => undefined },
    serial,
    power: createPower({ client, now, onSent: () => status.askSoon() }),
    bmc: {
      get state() {
        return observed.state
      },
      onChange: (listener) => observed.onChange(listener),
      refresh: () => status.askNow(),
      watchClosely,
      setNextBoot: (boot, abort) => asDeviceErrors(details.setNextBoot(boot, abort)),
      async identify(seconds, abort) {
        await asDeviceErrors(details.identify(seconds, abort))
        status.askSoon()
      },
    },
    async close() {
      closing.abort()
      listening.abort()
      await client.close()
      await Promise.all(work)
    },
  }
}

async function asDeviceErrors<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw deviceError(error)
  }
}
