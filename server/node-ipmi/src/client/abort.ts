import { deferred } from './deferred.ts'

/** Rejects with the signal's reason when it fires; `stop` unhooks. Used to race work against an abort. */
export function whenAborted(signal: AbortSignal | undefined): { promise: Promise<never>; stop: () => void } {
  const { promise, reject } = deferred<never>()
  // Nobody may be racing any more when the signal fires.
  promise.catch(() => undefined)
  if (!signal) return { promise, stop: () => undefined }
  const onAbort = (): void => reject(signal.reason)
  if (signal.aborted) onAbort()
  else signal.addEventListener('abort', onAbort, { once: true })
  return { promise, stop: () => signal.removeEventListener('abort', onAbort) }
}
