import { AppError } from '../../errors.ts'

/**
 * Does `work` in `ms`, whatever it waits for: then its signal aborts, and AppError `device/timeout` says `otherwise` as of then.
 * `signal` gives it up at any time (`device/unreachable`). What it left running is aborted at its end in any case.
 */
export async function within<T>(
  limit: { ms: number; signal?: AbortSignal | undefined; otherwise: string | (() => string) },
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const ended = new AbortController()
  const deadline = AbortSignal.timeout(limit.ms)
  const over = AbortSignal.any([deadline, ended.signal, ...(limit.signal ? [limit.signal] : [])])
  try {
    return await Promise.race([work(over), endOf(over)])
  } catch (error) {
    if (!deadline.aborted) throw error
    const { otherwise } = limit
    const message = typeof otherwise === 'string' ? otherwise : otherwise()
    throw new AppError('device/timeout', message, { cause: error })
  } finally {
    ended.abort()
  }
}

/** Rejects when the signal ends. */
function endOf(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>()
  const onAbort = () => reject(new AppError('device/unreachable', 'Asking the device was given up.'))
  if (signal.aborted) onAbort()
  else signal.addEventListener('abort', onAbort, { once: true })
  return promise
}
