import type { LinkProblem } from '../../contract/state.ts'

/**
 * Life of the one permanent control connection, without sockets or clocks: state + input → state + effects. Times are
 * monotonic ms.
 */
export type Session =
  | { name: 'idle' }
  | { name: 'connecting'; record: Failures }
  /** Upgraded; kvmd speaks first, with `loop`. */
  | { name: 'greeting'; record: Failures }
  | { name: 'online'; since: number; record: Failures }
  | { name: 'waiting'; since: number; until: number; problem: LinkProblem; record: Failures }
  | { name: 'closed' }

/** In a row, since the last time it worked. */
export type Failures = { failed: number; refused: number }

export type SessionInput =
  | { type: 'start' }
  | { type: 'upgraded' }
  | { type: 'greeted' }
  | Lost
  | { type: 'wake' }
  /** A person asks. */
  | { type: 'tryAgain' }
  | { type: 'close' }

/**
 * `luck` in 0…1 spreads the reconnects of many devices after a common outage. `retryAfterMs`: no login is tried before,
 * because one was refused; whether by this try or an earlier one, the login keeps count itself.
 */
type Lost = { type: 'lost'; problem: LinkProblem; luck: number; retryAfterMs?: number | undefined }

export type SessionEffect =
  | { type: 'dial' }
  | { type: 'announceOnline' }
  | { type: 'announceOffline'; problem: LinkProblem }
  | { type: 'wakeAt'; at: number }
  | { type: 'hangUp' }

export type Step = { session: Session; effects: SessionEffect[] }

const shortestWaitMs = 500
/** Somebody may be looking at a machine whose PiKVM restarts: their picture is to be back within 3 s of it. */
const longestWaitMs = 1_300
/** One that stays away is not worth that much; this many tries are more than two minutes. */
const hopefulTries = 100
const longestLaterWaitMs = 10_000
const refusedWaitMs = 5_000
const refusedAgainWaitMs = 40_000
/** A person who asks again and again must not make it more often than this. */
export const soonestAgainMs = 5_000
const afterLoginMs = 2_000
const pinChangedWaitMs = 60_000
/** A connection that lasted this long was a good one: the next loss starts counting anew. */
const provenAfterMs = 5_000

/** How long to wait before the next try, ms. `record` includes the failure that just happened. */
export function waitMs(problem: LinkProblem, record: Failures, luck: number): number {
  const jitter = 0.5 + luck
  if (problem === 'refusedCredentials') {
    return (record.refused >= 2 ? refusedAgainWaitMs : refusedWaitMs) * jitter
  }
  if (problem === 'pinChanged' || problem === 'notApproved') return pinChangedWaitMs * jitter
  const doubled = shortestWaitMs * 2 ** Math.min(record.failed - 1, 10)
  return Math.min(record.failed > hopefulTries ? longestLaterWaitMs : longestWaitMs, doubled) * jitter
}

/** One step of the session at `now`. Inputs that do not fit the state change nothing. */
export function stepSession(session: Session, input: SessionInput, now: number): Step {
  if (input.type === 'close') {
    return session.name === 'closed'
      ? stay(session)
      : { session: { name: 'closed' }, effects: [{ type: 'hangUp' }] }
  }
  switch (session.name) {
    case 'idle':
      return input.type === 'start' ? dial({ failed: 0, refused: 0 }) : stay(session)
    case 'connecting':
      if (input.type === 'upgraded') return { session: { ...session, name: 'greeting' }, effects: [] }
      return input.type === 'lost' ? lose(session.record, input, now) : stay(session)
    case 'greeting':
      if (input.type === 'greeted') {
        const record = { failed: session.record.failed, refused: 0 }
        return { session: { name: 'online', since: now, record }, effects: [{ type: 'announceOnline' }] }
      }
      return input.type === 'lost' ? lose(session.record, input, now) : stay(session)
    case 'online': {
      if (input.type !== 'lost') return stay(session)
      const wasGood = now - session.since >= provenAfterMs
      return lose(wasGood ? { failed: 0, refused: 0 } : session.record, input, now)
    }
    case 'waiting':
      if (input.type === 'tryAgain') return tryAgain(session, now)
      return input.type === 'wake' && now >= session.until ? dial(session.record) : stay(session)
    case 'closed':
      return stay(session)
  }
}

function stay(session: Session): Step {
  return { session, effects: [] }
}

function dial(record: Failures): Step {
  return { session: { name: 'connecting', record }, effects: [{ type: 'dial' }] }
}

/** Sooner than planned, where a wait may be long: a device that is away is tried every second or so anyway. */
function tryAgain(session: Extract<Session, { name: 'waiting' }>, now: number): Step {
  const until = Math.max(now, session.since + soonestAgainMs)
  if (session.problem !== 'refusedCredentials' || until >= session.until) return stay(session)
  return { session: { ...session, until }, effects: [{ type: 'wakeAt', at: until }] }
}

function lose(before: Failures, lost: Lost, now: number): Step {
  const isRefusal = lost.problem === 'refusedCredentials' && lost.retryAfterMs === undefined
  const record = { failed: before.failed + 1, refused: isRefusal ? before.refused + 1 : before.refused }
  const { problem, luck, retryAfterMs } = lost
  const until =
    now + (retryAfterMs === undefined ? waitMs(problem, record, luck) : retryAfterMs + luck * afterLoginMs)
  return {
    session: { name: 'waiting', since: now, until, problem: lost.problem, record },
    effects: [
      { type: 'hangUp' },
      { type: 'announceOffline', problem: lost.problem },
      { type: 'wakeAt', at: until },
    ],
  }
}
