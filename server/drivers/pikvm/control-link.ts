import type { LinkProblem } from '../../contract/state.ts'
import { AppError, isAppError } from '../../errors.ts'
import type { DriverLog } from '../driver.ts'
import type { Credentials } from './credentials.ts'
import type { Dialer } from './dialer.ts'
import { eventLimits, openEventSocket, type EventSocket } from './event-socket.ts'
import { parseDeviceEvent, type DeviceEvent } from './events.ts'
import { linkProblemOf } from './link-problem.ts'
import { startPatience } from './patience.ts'
import { stepSession, type Session, type SessionEffect, type SessionInput } from './session.ts'
import type { PikvmTimings } from './timings.ts'

export type ControlListener = {
  onOnline(): void
  onOffline(problem: LinkProblem): void
  onEvent(event: DeviceEvent): void
  onHeard(): void
}

/** The one permanent `stream=0` socket of a PiKVM, for state and all input, kept alive by reconnecting. */
export interface ControlLink {
  readonly isOnline: boolean
  readonly backlogBytes: number
  /** False when the frame could not be put on the wire now. */
  send(frame: Buffer): boolean
  /** See `EventSocket.settle`; false at once while not online. */
  settle(timeoutMs: number): Promise<boolean>
  /** See `EndpointConnection.tryAgain`. */
  tryAgain(): Promise<LinkProblem | null>
  close(): Promise<void>
}

/** Starts the link at once; whatever happens to it goes to `listener`, never to the caller. */
export function startControlLink(
  link: { dialer: Dialer; credentials: Credentials },
  parts: { timings: PikvmTimings; log: DriverLog; endpointId: string },
  listener: ControlListener,
): ControlLink {
  const { timings } = parts
  let session: Session = { name: 'idle' }
  let socket: EventSocket | null = null
  let attempt = new AbortController()
  let timer: NodeJS.Timeout | undefined
  let hangingUp: Promise<void> = Promise.resolve()
  let logged: LinkProblem | null = null
  const outcomes: ((problem: LinkProblem | null) => void)[] = []

  function feed(input: SessionInput): void {
    const step = stepSession(session, input, performance.now())
    session = step.session
    for (const effect of step.effects) apply(effect)
  }

  function apply(effect: SessionEffect): void {
    switch (effect.type) {
      case 'dial':
        void connect()
        return
      case 'hangUp':
        return hangUp()
      case 'wakeAt':
        clearTimeout(timer)
        timer = setTimeout(() => feed({ type: 'wake' }), Math.ceil(effect.at - performance.now()) + 1)
        return
      case 'announceOnline':
        clearTimeout(timer)
        logged = null
        listener.onOnline()
        return tellOutcome(null)
      case 'announceOffline':
        // A device that stays away is one line in the log, not one for each try.
        if (logged !== effect.problem) {
          parts.log.info({ endpointId: parts.endpointId, problem: effect.problem }, 'PiKVM not connected')
        }
        logged = effect.problem
        listener.onOffline(effect.problem)
        return tellOutcome(effect.problem)
    }
  }

  function tellOutcome(problem: LinkProblem | null): void {
    for (const tell of outcomes.splice(0)) tell(problem)
  }

  function hangUp(): void {
    clearTimeout(timer)
    attempt.abort()
    const old = socket
    socket = null
    if (old) hangingUp = Promise.all([hangingUp, old.close()]).then(() => undefined)
  }

  function lost(of: AbortController, error: unknown): void {
    // What an abandoned attempt says later is no news of the present one.
    if (of !== attempt || of.signal.aborted) return
    if (!isAppError(error)) parts.log.warn({ endpointId: parts.endpointId, err: error }, 'PiKVM driver fault')
    const retryAfterMs = isAppError(error) ? error.details?.['retryAfterMs'] : undefined
    feed({
      type: 'lost',
      problem: linkProblemOf(error),
      luck: Math.random(),
      ...(typeof retryAfterMs === 'number' && { retryAfterMs }),
    })
  }

  async function connect(): Promise<void> {
    const own = new AbortController()
    attempt = own
    const patience = startPatience(timings.attemptMs)
    try {
      const opened = await openEventSocket(
        link,
        {
          path: '/api/ws?stream=0',
          limits: eventLimits,
          timeoutMs: timings.connectMs,
          patience,
          codeWaitMs: timings.codeWaitMs,
          signal: own.signal,
          keepalive: timings.keepalive,
        },
        {
          onText: (text) => read(own, text),
          onHeard: () =>
            own === attempt && !own.signal.aborted && session.name === 'online' && listener.onHeard(),
          onClosed: (error) => lost(own, error),
        },
      )
      if (own.signal.aborted) return void opened.close()
      socket = opened
      feed({ type: 'upgraded' })
      const silent = new AppError('device/timeout', 'The device accepted the connection and says nothing.')
      timer = setTimeout(() => lost(own, silent), Math.min(timings.greetMs, patience.leftMs()))
      opened.start()
    } catch (error) {
      lost(own, error)
    }
  }

  function read(own: AbortController, text: string): void {
    if (own !== attempt || own.signal.aborted) return
    try {
      const event = parseDeviceEvent(text)
      if (event?.type === 'loop') feed({ type: 'greeted' })
      if (event && session.name === 'online') listener.onEvent(event)
    } catch (error) {
      lost(own, error)
    }
  }

  feed({ type: 'start' })
  return {
    get isOnline() {
      return session.name === 'online'
    },
    get backlogBytes() {
      return socket?.backlogBytes ?? 0
    },
    send: (frame) => session.name === 'online' && socket !== null && socket.send(frame),
    settle: async (timeoutMs) => session.name === 'online' && socket !== null && socket.settle(timeoutMs),
    tryAgain() {
      if (session.name === 'online') return Promise.resolve(null)
      if (session.name === 'closed') return Promise.resolve('unreachable')
      const { promise, resolve } = Promise.withResolvers<LinkProblem | null>()
      outcomes.push(resolve)
      feed({ type: 'tryAgain' })
      return promise
    },
    async close() {
      feed({ type: 'close' })
      tellOutcome('unreachable')
      await hangingUp
    },
  }
}
