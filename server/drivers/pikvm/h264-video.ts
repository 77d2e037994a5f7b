import { isAppError } from '../../errors.ts'
import type { DriverLog, H264End, H264Listener, H264Source, H264Unit } from '../driver.ts'
import type { Sps } from './h264-sps.ts'
import { createUnitReader } from './h264-units.ts'
import { createKeyFrameRequests } from './key-frame-requests.ts'
import { createLease } from './lease.ts'
import type { MediaHandlers } from './media-stream.ts'
import type { Presence } from './presence.ts'

/** Tries without an offer after which the device counts as having none now, though it is there otherwise. */
const maxSilentTries = 5

type Subscriber = { listener: H264Listener; hasKey: boolean }

/** One H.264 upstream for all subscribers. `read` reads it once, until it ends. */
export function createH264Video(parts: {
  read(signal: AbortSignal, handlers: MediaHandlers): Promise<never>
  /** Aborts when reading must begin anew, because what comes may be another machine's. */
  turn(): AbortSignal
  presence: Presence
  lingerMs: number
  keyFrameEveryMs: number
  now(): number
  log: DriverLog
}): H264Source & { close(): Promise<void> } {
  const subscribers = new Set<Subscriber>()
  const requests = createKeyFrameRequests(parts.keyFrameEveryMs)
  const upstream = createLease({ lingerMs: parts.lingerMs, run })
  let offered: boolean | null = null
  let silentTries = 0
  let generation = 0
  let isClosed = false

  async function run(signal: AbortSignal): Promise<void> {
    silentTries = 0
    await parts.presence.readWhilePresent(readOnce, signal)
  }

  async function readOnce(signal: AbortSignal): Promise<'done' | 'again'> {
    silentTries++
    const turn = parts.turn()
    try {
      return await parts.read(AbortSignal.any([signal, turn]), handlers())
    } catch (error) {
      if (signal.aborted) return 'again'
      if (turn.aborted) return await readOnce(signal)
      if (isAppError(error) && error.code === 'device/unsupported') return giveUp('notOffered')
      if (silentTries >= maxSilentTries) return giveUp('unavailable')
      throw error
    } finally {
      requests.attach(null)
    }
  }

  /** For one reading of the upstream. */
  function handlers(): MediaHandlers {
    const reader = createUnitReader()
    let sps: Sps | null = null
    return {
      onOffer(hasH264) {
        offered = hasH264
        silentTries = 0
      },
      onStarted: (requestKeyFrame) => requests.attach(requestKeyFrame),
      onUnit(data) {
        const reading = reader.read(data)
        if (reading.name === 'lost') requests.want()
        if (reading.name !== 'unit') return
        if (reading.sps !== sps) generation++
        sps = reading.sps
        if (reading.isKey) requests.arrived()
        const { codec, width, height } = reading.sps
        const { bytes, isKey } = reading
        deal({ bytes, isKey, codec, width, height, generation, reachedAt: parts.now() })
      },
    }
  }

  function deal(unit: H264Unit): void {
    for (const subscriber of Array.from(subscribers)) {
      subscriber.hasKey ||= unit.isKey
      if (subscriber.hasKey) tell(() => subscriber.listener.onUnit(unit))
    }
  }
  function giveUp(why: H264End): 'done' {
    if (why === 'notOffered') offered = false
    const left = Array.from(subscribers)
    subscribers.clear()
    upstream.leave()
    for (const { listener } of left) tell(() => listener.onEnd?.(why))
    return 'done'
  }
  function tell(work: () => void): void {
    try {
      work()
    } catch (error) {
      parts.log.warn({ err: error }, 'A listener of a PiKVM connection failed')
    }
  }

  return {
    get offered() {
      return offered
    },
    subscribe(listener) {
      if (isClosed) return () => undefined
      const subscriber = { listener, hasKey: false }
      subscribers.add(subscriber)
      upstream.take()
      requests.want()
      return () => {
        if (subscribers.delete(subscriber) && subscribers.size === 0) upstream.leave()
      }
    },
    requestKeyFrame: () => requests.want(),
    async close() {
      isClosed = true
      subscribers.clear()
      await upstream.close()
    },
  }
}
