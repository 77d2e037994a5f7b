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
/** What was read last is told this long before the end, rather than nothing. */
const tellBeforeEndMs = 1_000

/** The streamer's parameters, which are the same for everybody. */
export function createStreamControl(link: Link): StreamControl {
  const limits = (signal: AbortSignal) => ({ patience: startPatience(link.timings.readMs), signal })
  const read = async (signal: AbortSignal): Promise<StreamSettings> =>
    readStreamSettings(await readApi(link, '/api/streamer', limits(signal)))

  async function apply(
    change: StreamChange,
    { signal, endsAt, onWriting }: { signal: AbortSignal; endsAt: number; onWriting(): void },
  ): Promise<StreamChanged> {
    const fields = outsideOf(change, await read(signal))
    if (fields.length > 0)
      throw new AppError('request/invalid', 'The device does not take such values.', {
        details: { fields },
      })
    await tellApi(link, `/api/streamer/set_params?${streamQuery(change)}`, { ...limits(signal), onWriting })
    const until = lookUntil(performance.now(), endsAt, link.timings.streamAppliedMs)
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
      const endsAt = performance.now() + ms
      let isTold = false
      const onWriting = () => void (isTold = true)
      const otherwise = () => {
        const fate = isTold
          ? 'Whether it took the change is not known: look at the values again.'
          : 'Nothing was changed.'
        return `The device did not finish within ${ms / 1_000} s. ${fate}`
      }
      return within({ ms, signal, otherwise }, (over) => apply(change, { signal: over, endsAt, onWriting }))
    },
  }
}

/** When to say "not taken": too early the device has not got round to it, and at the end there is no time to say it. */
function lookUntil(toldAt: number, endsAt: number, appliedMs: number): number {
  return Math.min(toldAt + appliedMs, Math.max(toldAt + appliedMs / 2, endsAt - tellBeforeEndMs))
}
