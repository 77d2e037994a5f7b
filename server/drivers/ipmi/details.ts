import { hasPassed } from '../../clock/has-passed.ts'
import {
  acceptsCipherZero,
  chassisIdentify,
  getRestartCause,
  getSelInfo,
  type IpmiClient,
  type IpmiClientOptions,
  isIpmiError,
  readSdrs,
  type SdrRecord,
} from 'node-ipmi'
import type { BmcBoot, BmcSensor, BootChoice } from '../../contract/state.ts'
import { createNextBoot } from './next-boot.ts'
import { seen, type ObservedBmc } from './observed-bmc.ts'
import { readAlarms, readNewestEntries } from './readings.ts'
import { isLastingRefusal } from './refusals.ts'
import type { IpmiTimings } from './timings.ts'
import { wakeableSleep } from './wakeable-sleep.ts'

type Parts = {
  client: IpmiClient
  observed: ObservedBmc
  options: IpmiClientOptions
  timings: IpmiTimings
  now(): number
  signal: AbortSignal
}

/** Everything of a BMC that may be some seconds old: log, sensors, restart cause, next boot. */
export interface Details {
  /** Reads round after round while the BMC answers, until the signal aborts. Never rejects. */
  run(): Promise<void>
  /** The machine's power changed: log, cause and boot choice may have too. */
  refreshSoon(): void
  /** Every moment instead of every few seconds. */
  setClose(isClose: boolean): void
  /** Throws IpmiError, also when the BMC took the choice and does not have it afterwards. */
  setNextBoot(boot: { device: BootChoice; isPersistent: boolean }, abort: AbortSignal): Promise<BmcBoot>
  identify(seconds: number, abort: AbortSignal): Promise<void>
}

/** Reads details one command at a time, so that power and status come between. */
export function createDetails(parts: Parts): Details {
  const { client, observed, timings, now, signal } = parts
  const run = { signal }
  const sleep = wakeableSleep()
  const nextBoot = createNextBoot(client, observed, now)
  let records: readonly SdrRecord[] | null = null
  let sensorsAt = -Infinity
  let logMark = ''
  let hasCause = true
  let isCipherZeroKnown = false
  let cipherZeroAt = -Infinity
  let isClose = false

  async function readLog(): Promise<void> {
    const { entries, lastAddition, lastErase } = await client.run(getSelInfo(), run)
    const mark = `${entries} ${lastAddition} ${lastErase}`
    const isSame = mark === logMark && observed.state.log.value !== null
    const log = isSame
      ? observed.state.log.value
      : entries === 0
        ? []
        : await readNewestEntries(client, entries, run)
    if (log === null) return
    logMark = mark
    observed.set({ log: seen(observed.state.log, log, now()) })
  }
  async function readCause(): Promise<void> {
    if (!hasCause) return
    try {
      const { cause } = await client.run(getRestartCause(), run)
      observed.set({ restartCause: seen(observed.state.restartCause, cause, now()) })
    } catch (error) {
      if (!isLastingRefusal(error)) throw error
      hasCause = false
    }
  }
  const readBoot = (): Promise<void> => nextBoot.refresh(run)
  async function readSensors(): Promise<void> {
    if (!hasPassed(sensorsAt, now(), timings.sensorsEveryMs)) return
    sensorsAt = now()
    const alarms = await readAllAlarms()
    observed.set({ alarms: seen(observed.state.alarms, alarms, now()), hasNoSensors: alarms === null })
  }
  /** Null when there is nothing to read. */
  async function readAllAlarms(): Promise<BmcSensor[] | null> {
    try {
      records ??= await readSdrs(client, run)
      return await readAlarms(client, records, run)
    } catch (error) {
      if (isLastingRefusal(error)) return null
      throw error
    }
  }
  /** Until it was answered once a connection: does it let anybody in without a password? */
  async function readCipherZero(): Promise<void> {
    if (isCipherZeroKnown || now() - cipherZeroAt < timings.cipherZeroEveryMs) return
    cipherZeroAt = now()
    const { host, port, username, quirks, openLink } = parts.options
    const where = { host, username, ...(port !== undefined && { port }), ...(openLink && { openLink }) }
    const isOpen = await acceptsCipherZero({ ...where, ...(quirks && { quirks }), signal })
    isCipherZeroKnown = true
    if (isOpen) observed.set({ warnings: ['cipherZero', ...observed.state.warnings] })
  }
  async function round(): Promise<void> {
    for (const read of [readCause, readLog, readBoot, readSensors, readCipherZero]) {
      if (signal.aborted) return
      try {
        await read()
      } catch (error) {
        // A BMC may lack any of these; that it is away is said by its status.
        if (!isIpmiError(error) && !signal.aborted) throw error
      }
    }
  }

  return {
    async run() {
      while (!signal.aborted) {
        if (observed.state.reachable.value === true) await round()
        await sleep.wait(isClose ? timings.closeDetailEveryMs : timings.detailEveryMs, signal)
      }
    },
    refreshSoon() {
      nextBoot.markStale()
      sleep.wake()
    },
    setClose(next) {
      isClose = next
      if (next) sleep.wake()
    },
    setNextBoot: (boot, abort) => nextBoot.choose(boot, { signal: abort }),
    identify: (seconds, abort) => client.run(chassisIdentify(seconds), { signal: abort }),
  }
}
