import { AppError } from '../errors.ts'

/** `known`: a browser that signed in before, or somebody signed in. It goes ahead of strangers. */
export type KdfCaller = 'known' | 'stranger'

const maxRunning = 2
/** One place is always left for those we know. */
const maxStrangersRunning = 1
const maxWaiting = 16

type Waiting = { start(): void }

/**
 * Lets at most two key derivations run at once (each takes 19 MiB and a core), at most one of them for strangers, with
 * short queues in front. A full queue throws AppError `access/slowDown`.
 */
export type KdfGate = ReturnType<typeof createKdfGate>

export function createKdfGate() {
  const running = { known: 0, stranger: 0 }
  const waiting: Record<KdfCaller, Waiting[]> = { known: [], stranger: [] }

  function mayStart(caller: KdfCaller): boolean {
    if (running.known + running.stranger >= maxRunning) return false
    return caller === 'known' || running.stranger < maxStrangersRunning
  }
  function startNext(): void {
    for (const caller of ['known', 'stranger'] as const) {
      while (waiting[caller].length > 0 && mayStart(caller)) waiting[caller].shift()?.start()
    }
  }

  return {
    async run<T>(caller: KdfCaller, work: () => Promise<T>): Promise<T> {
      if (mayStart(caller)) running[caller]++
      else {
        if (waiting[caller].length >= maxWaiting) {
          throw new AppError('access/slowDown', 'Too many sign-ins at once. Try again in a moment.', {
            details: { retryAfterMs: 2000 },
          })
        }
        await new Promise<void>((resolve) => {
          waiting[caller].push({
            start: () => {
              running[caller]++
              resolve()
            },
          })
        })
      }
      try {
        return await work()
      } finally {
        running[caller]--
        startNext()
      }
    },
  }
}
