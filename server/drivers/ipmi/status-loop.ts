import { type ChassisStatus, getChassisStatus, type IpmiClient } from 'node-ipmi'
import { linkProblemOf } from './device-error.ts'
import { seen, type ObservedBmc } from './observed-bmc.ts'
import type { IpmiTimings } from './timings.ts'
import { wakeableSleep } from './wakeable-sleep.ts'

type Parts = {
  client: IpmiClient
  observed: ObservedBmc
  timings: IpmiTimings
  now(): number
  signal: AbortSignal
  onPowerChanged(): void
}

export interface StatusLoop {
  /** Asks for the chassis status again and again, one exchange each time, until the signal aborts. Never rejects. */
  run(): Promise<void>
  /** Every moment instead of every few seconds. */
  setClose(isClose: boolean): void
  askSoon(): void
  /** Asks now; resolves when the answer is taken in, or there was none. Never rejects. */
  askNow(): Promise<void>
}

/** Keeps power, identify and reachability of a BMC up to date. */
export function createStatusLoop(parts: Parts): StatusLoop {
  const { client, observed, timings, now, signal } = parts
  const sleep = wakeableSleep()
  let isClose = false

  function take(status: ChassisStatus): void {
    const { state } = observed
    const power = status.isPowered ? 'on' : 'off'
    const isNews = state.power.value !== power || state.reachable.value !== true
    observed.set({
      reachable: seen(state.reachable, true, now()),
      problem: null,
      power: seen(state.power, power, now()),
      identify: seen(state.identify, status.identify === 'unknown' ? null : status.identify, now()),
    })
    if (isNews) parts.onPowerChanged()
  }
  async function ask(): Promise<boolean> {
    try {
      take(await client.run(getChassisStatus(), { signal }))
      return true
    } catch (error) {
      if (signal.aborted) return false
      const reachable = seen(observed.state.reachable, false, now())
      observed.set({ reachable, problem: linkProblemOf(error) })
      return false
    }
  }
  function pauseMs(isAnswering: boolean): number {
    if (isClose) return isAnswering ? timings.closeEveryMs : timings.retryMs
    return timings.statusEveryMs * (0.9 + Math.random() * 0.2)
  }

  return {
    async run() {
      while (!signal.aborted) await sleep.wait(pauseMs(await ask()), signal)
    },
    setClose(next) {
      isClose = next
      if (next) sleep.wake()
    },
    askSoon: () => sleep.wake(),
    async askNow() {
      await ask()
    },
  }
}
