import { setTimeout as sleep } from 'node:timers/promises'
import { AppError, isAppError } from '../../errors.ts'
import type { PowerControl, SendOutcome } from '../driver.ts'
import type { Credentials } from './credentials.ts'
import { readApi } from './device-api.ts'
import { askDevice } from './device-http.ts'
import type { Dialer } from './dialer.ts'
import { startPatience, type Patience } from './patience.ts'
import { judgeOutput, judgeReply, powerRequest, type PowerRequest, type Verdict } from './power-request.ts'
import type { PikvmTimings } from './timings.ts'

type Parts = {
  dialer: Dialer
  credentials: Credentials
  timings: PikvmTimings
  now(): number
}

const firstReadBackMs = 150
const readBackEveryMs = 300

/** ATX buttons and GPIO channels. One send is one request on a connection of its own, never repeated. */
export function createPower(parts: Parts): PowerControl {
  return {
    async send(signal, abort) {
      const request = powerRequest(signal)
      if (!request) return outcome(parts, { outcome: 'notSent', reason: 'device/unsupported' })
      const pressed = await postOnce(parts, request.path, abort)
      const isGpio = pressed.outcome === 'acknowledged' && request.channel !== null
      return outcome(parts, isGpio ? await readBack(parts, request, abort) : pressed)
    },
  }
}

function outcome(parts: Parts, verdict: Verdict): SendOutcome {
  return { ...verdict, at: parts.now() }
}

/** One POST on a connection of its own, once, whatever comes of it; never throws. */
export async function postOnce(parts: Parts, path: string, abort: AbortSignal): Promise<Verdict> {
  let isWriting = false
  try {
    const patience = startPatience(parts.timings.powerAnswerMs)
    const headers = await freshHeaders(parts, patience, abort)
    const reply = await askDevice(parts.dialer, {
      method: 'POST',
      path,
      headers,
      timeoutMs: patience.leftMs(),
      maxBytes: 100_000,
      signal: abort,
      onWriting() {
        if (patience.leftMs() < parts.timings.pressNeedsMs) throw tooLate()
        isWriting = true
      },
    })
    return judgeReply(reply.status, reply.body)
  } catch (error) {
    const reason = abort.aborted ? 'aborted' : reasonOf(error)
    // Until the first byte of the request left, nothing can have been pressed; after it only the device knows.
    return { outcome: isWriting ? 'unknown' : 'notSent', reason }
  }
}

/** What is cut off right after it was written may have been done, and nobody would know. */
function tooLate(): AppError {
  return new AppError('device/timeout', 'The device left too little time to answer a press.')
}

function reasonOf(error: unknown): string {
  if (!isAppError(error)) return 'device/protocol'
  // The only one that is busy here is the clock: a device that is busy says so in its answer.
  return error.code === 'device/busy' ? 'codeNotDue' : error.code
}

/** A cookie may have died with the daemon's last restart: it is tried on something harmless before the press. */
async function freshHeaders(
  parts: Parts,
  patience: Patience,
  signal: AbortSignal,
): Promise<Record<string, string>> {
  if (parts.credentials.usesLogin) {
    await readApi(parts, '/api/auth/check', { patience, codeWaitMs: parts.timings.pressCodeWaitMs, signal })
  }
  return parts.credentials.headers({ timeoutMs: patience.leftMs(), signal })
}

async function readBack(parts: Parts, request: PowerRequest, signal: AbortSignal): Promise<Verdict> {
  const { channel, wantedState } = request
  if (channel === null) return { outcome: 'acknowledged', reason: 'accepted' }
  const patience = startPatience(request.busyMs + parts.timings.readBackGraceMs)
  let waitMs = firstReadBackMs
  while (waitMs < patience.leftMs() && !signal.aborted) {
    try {
      await sleep(waitMs, undefined, { signal })
      const gpio = await readApi(parts, '/api/gpio', { patience, signal })
      const verdict = judgeOutput(gpio, { channel, wantedState })
      if (verdict) return verdict
    } catch {
      // Only reading failed; the switch was acknowledged, and the loop's end says that it was not read back.
    }
    waitMs = readBackEveryMs
  }
  return { outcome: 'acknowledged', reason: 'notReadBack' }
}
