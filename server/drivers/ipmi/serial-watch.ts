import { setTimeout as sleep } from 'node:timers/promises'
import { isAppError } from '../../errors.ts'
import type { ByteStreamSource } from '../driver.ts'
import type { ObservedBmc } from './observed-bmc.ts'
import type { IpmiTimings } from './timings.ts'

/** Output is noted at most this often: a machine that boots prints without end. */
const noteEveryMs = 500

type Parts = { serial: ByteStreamSource; observed: ObservedBmc; timings: IpmiTimings; now(): number }

/**
 * Listens whether the machine says anything on its serial console, until `signal` aborts. Takes it from nobody: while
 * somebody else has it, or where there is none, nothing is known. Never rejects.
 */
export async function watchSerial(parts: Parts, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await listen(parts, signal)
    } catch (error) {
      if (isAppError(error) && error.code === 'device/unsupported') return
      // Taken by somebody, or the BMC is away: tried again.
    }
    parts.observed.set({ serialSince: null })
    await sleep(parts.timings.serialRetryMs, undefined, { signal }).catch(() => undefined)
  }
}

async function listen({ serial, observed, timings, now }: Parts, signal: AbortSignal): Promise<void> {
  const stream = await serial.open({ takesOver: false }, signal)
  const since = now() + timings.serialSettlesMs
  observed.set({ serialSince: since, serialOutputAt: null })
  const unsubscribe = stream.onData(() => {
    const at = now()
    if (at < since || at - (observed.state.serialOutputAt ?? 0) < noteEveryMs) return
    observed.set({ serialOutputAt: at })
  })
  const { promise: aborted, resolve } = Promise.withResolvers<void>()
  const onAbort = (): void => resolve()
  signal.addEventListener('abort', onAbort, { once: true })
  if (!signal.aborted) await Promise.race([stream.ended, aborted])
  signal.removeEventListener('abort', onAbort)
  unsubscribe()
  await stream.close()
}
