import { setTimeout as sleep } from 'node:timers/promises'
import type { StreamChange, StreamChanged, StreamSettings } from '../../contract/stream-settings.ts'
import { AppError } from '../../errors.ts'
import type { StreamControl } from '../driver.ts'
import type { Credentials } from './credentials.ts'
import { readApi, tellApi } from './device-api.ts'
import type { Dialer } from './dialer.ts'
import { startPatience } from './patience.ts'
import { differingFrom, outsideOf, readStreamSettings, streamQuery } from './stream-settings.ts'
import type { PikvmTimings } from './timings.ts'
import { within } from './within.ts'

type Link = { dialer: Dialer; credentials: Credentials; timings: PikvmTimings }

const lookEveryMs = 250

/** The streamer's parameters, which are the same for everybody. */
export function createStreamControl(link: Link): StreamControl {
  const limits = (signal: AbortSignal) => ({ patience: startPatience(link.timings.readMs), signal })
  const read = async (signal: AbortSignal): Promise<StreamSettings> =>
    readStreamSettings(await readApi(link, '/api/streamer', limits(signal)))

  async function apply(change: StreamChange, signal: AbortSignal): Promise<StreamChanged> {
    const fields = outsideOf(change, await read(signal))
    if (fields.length > 0)
      throw new AppError('request/invalid', 'The device does not take such values.', {
        details: { fields },
      })
    await tellApi(link, `/api/streamer/set_params?${streamQuery(change)}`, limits(signal))
    const until = performance.now() + link.timings.streamAppliedMs
    for (;;) {
      await sleep(lookEveryMs, undefined, { signal })
      const settings = await read(signal)
      const notTaken = differingFrom(change, settings)
      if (notTaken.length === 0 || performance.now() > until) return { settings, notTaken }
    }
  }

  return {
    read,
    change(change, signal) {
      const ms = link.timings.readAllMs
      const otherwise = `The device did not finish within ${ms / 1_000} s. Whether it took the change is not known: look at the values again.`
      return within({ ms, signal, otherwise }, (over) => apply(change, over))
    },
  }
}
