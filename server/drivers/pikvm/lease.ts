/** Something that runs while somebody needs it, and a while longer. */
export interface Lease {
  /** Runs from now on, or goes on. */
  take(): void
  /** Nobody needs it any more: it ends after the lingering time unless taken again. */
  leave(): void
  /** Ends it now; resolves when it is gone. */
  close(): Promise<void>
}

type Running =
  | { name: 'idle' }
  | { name: 'taken'; stop: AbortController; ended: Promise<void> }
  | { name: 'lingering'; stop: AbortController; ended: Promise<void>; timer: NodeJS.Timeout }

/**
 * `run` works until its signal aborts or it is done, and never rejects. A run starts when the one before is gone, and
 * again when it is done while somebody still needs it.
 */
export function createLease(parts: { lingerMs: number; run(signal: AbortSignal): Promise<void> }): Lease {
  let running: Running = { name: 'idle' }
  let ending: Promise<void> = Promise.resolve()

  function begin(): void {
    const stop = new AbortController()
    running = { name: 'taken', stop, ended: runAfter(ending, stop) }
  }
  async function runAfter(before: Promise<void>, stop: AbortController): Promise<void> {
    await before
    await parts.run(stop.signal)
    if (running.name === 'idle' || running.stop !== stop) return
    const isNeeded = running.name === 'taken'
    end()
    if (isNeeded) begin()
  }
  function end(): void {
    if (running.name === 'idle') return
    if (running.name === 'lingering') clearTimeout(running.timer)
    running.stop.abort()
    ending = running.ended
    running = { name: 'idle' }
  }

  return {
    take() {
      if (running.name === 'idle') return begin()
      if (running.name !== 'lingering') return
      clearTimeout(running.timer)
      running = { name: 'taken', stop: running.stop, ended: running.ended }
    },
    leave() {
      if (running.name !== 'taken') return
      if (parts.lingerMs <= 0) return end()
      const { stop, ended } = running
      running = { name: 'lingering', stop, ended, timer: setTimeout(end, parts.lingerMs) }
    },
    async close() {
      end()
      await ending
    },
  }
}
