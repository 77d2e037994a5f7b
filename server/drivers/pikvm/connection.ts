import type { NameResolver } from '../../names/name-resolver.ts'
import { setTimeout as sleep } from 'node:timers/promises'
import type { DriverHooks, EndpointAccess, EndpointConnection, JpegFrame } from '../driver.ts'
import { startControlLink } from './control-link.ts'
import { createCredentials, type LoginStore } from './credentials.ts'
import { readApi } from './device-api.ts'
import { createDialer } from './dialer.ts'
import type { DeviceEvent } from './events.ts'
import { createH264Video } from './h264-video.ts'
import { createInput } from './input.ts'
import { createListeners } from './listeners.ts'
import { readMedia } from './media-stream.ts'
import { readMjpeg } from './mjpeg-stream.ts'
import { startPatience } from './patience.ts'
import { createPictureWatch } from './picture-change.ts'
import { createPower, postOnce } from './power.ts'
import { createPresence } from './presence.ts'
import { createReleaseWatch } from './release-watch.ts'
import { createSeatConnection } from './seat-connection.ts'
import { createSeats } from './seats.ts'
import { createSharedScreen } from './shared-screen.ts'
import { createStills } from './still.ts'
import { createStreamControl } from './stream-control.ts'
import { createSwitchReread } from './switch-reread.ts'
import type { PikvmTimings } from './timings.ts'
import { createVideo } from './video.ts'

/** How long the daemon may take to show that it has handled the end of our own socket, ms. */
const settleMs = 2_000
/** How long the daemon's keyboard may still be at what was handed to it. */
const keyQueueMs = 100

/** A running connection to one PiKVM: starts at once, never throws; trouble shows in `state.problem`. */
export function openConnection(
  access: EndpointAccess,
  hooks: DriverHooks,
  shared: { names: NameResolver; logins: LoginStore; timings: PikvmTimings },
): EndpointConnection {
  const { timings } = shared
  const { log, now } = { log: hooks.log, now: () => hooks.now() }
  const { endpointId } = access
  const closing = new AbortController()
  const dialer = createDialer(access, shared.names, hooks)
  const credentials = createCredentials(access, { dialer, logins: shared.logins, timings, now })
  const link = { dialer, credentials, timings, now, log, endpointId }
  const releases = createReleaseWatch()
  const pictures = createPictureWatch()
  const onlines = createListeners<void>(log)
  let reading = new AbortController()
  const screen = createSharedScreen({
    ...timings,
    hadSwitch: access.hasSwitch ?? false,
    now,
    async letGo() {
      input.letGo()
      // Handled is not yet typed: the keyboard's own process has a queue.
      if (await control.settle(settleMs)) await sleep(keyQueueMs)
    },
    restartPictures,
    onBoard(board) {
      seats.take({ type: 'board', board })
      switchReread.boardTaken()
    },
    ask: (port, abort) => postOnce(link, `/api/switch/set_active?port=${port}`, abort),
  })
  const seats = createSeats({ access, screen, now, log })
  const switchReread = createSwitchReread({
    everyMs: timings.switchRereadMs,
    board: () => screen.board,
    read: (signal) => readApi(link, '/api/switch', { patience: startPatience(timings.readMs), signal }),
    onEvent: (event) => seats.take({ type: 'event', event }),
  })

  const control = startControlLink(link, link, {
    onOnline() {
      seats.take({ type: 'online' })
      switchReread.online()
      onlines.tell()
      ownSocketMoved()
    },
    onOffline(problem) {
      switchReread.offline()
      seats.take({ type: 'offline', problem })
      screen.take({ type: 'offline' })
    },
    onHeard: () => seats.take({ type: 'heard' }),
    onEvent(event: DeviceEvent) {
      if (event.type === 'clients' && releases.strangerShows(performance.now())) input.released()
      if (event.type === 'switch') switchReread.told()
      seats.take({ type: 'event', event })
    },
  })
  const input = createInput(control, createListeners<void>(log))

  function ownSocketMoved(): void {
    releases.ownEnds(performance.now())
    // Without the control socket nobody can press again; its own coming back is told too.
    if (control.isOnline) input.released()
  }
  function notePicture(source: string, bytes: Buffer): void {
    const change = pictures.compare(source, bytes, performance.now())
    if (change !== 'none') seats.notePicture(change === 'whole' ? 'pictureChanged' : 'pictureStirred')
  }
  function restartPictures(): void {
    reading.abort()
    reading = new AbortController()
    pictures.forget()
    stills.forget()
    video.forget()
  }

  const stills = createStills({
    ...link,
    signal: closing.signal,
    mayHavePicture: () => control.isOnline && seats.isSourceOnline === true,
    onPicture: (key, bytes) => notePicture(`still ${key}`, bytes),
  })
  const presence = createPresence({
    ...link,
    untilOnline: (until) => untilOnline(control, onlines.add, until),
    onDisturbing: releases.ownBegins,
    onDisturbed: (why) =>
      why === 'opened' ? ownSocketMoved() : void control.settle(settleMs).then(ownSocketMoved),
  })
  const h264 = createH264Video({
    ...timings,
    presence,
    now,
    log,
    read: (until, handlers) => readMedia(link, until, handlers),
    turn: () => reading.signal,
  })
  const video = createVideo({
    still: stills.still,
    stayPresent: (signal) => presence.readWhilePresent(untilAborted, signal),
    h264,
    lingerMs: timings.lingerMs,
    now,
    log,
    view: (signal, onFrame) => presence.readWhilePresent((until) => readInTurns(until, onFrame), signal),
  })

  /** However it ended, it is read again: at once when pictures were begun anew, and nothing of what came before. */
  async function readInTurns(until: AbortSignal, onFrame: (frame: JpegFrame) => void): Promise<'again'> {
    const turn = reading.signal
    await readMjpeg(link, AbortSignal.any([until, turn]), (frame) => {
      if (turn.aborted) return
      if (frame.online) notePicture('stream', frame.bytes)
      onFrame(frame)
    }).catch(() => undefined)
    return turn.aborted && !until.aborted ? readInTurns(until, onFrame) : 'again'
  }

  const parts = { whole: { power: createPower(link), video, input }, seats, screen, now }
  const ports = new Map<number, EndpointConnection>()
  return {
    ...createSeatConnection(null, parts),
    stream: createStreamControl(link),
    tryAgain() {
      credentials.allowAgain()
      return control.tryAgain()
    },
    port(port) {
      const seat = ports.get(port) ?? createSeatConnection(port, parts)
      ports.set(port, seat)
      return seat
    },
    async close() {
      closing.abort()
      switchReread.offline()
      screen.close()
      await video.close()
      await presence.close()
      await control.close()
      seats.close()
    },
  }
}

/** Reads nothing. */
function untilAborted(signal: AbortSignal): Promise<'again'> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve('again')
    signal.addEventListener('abort', () => resolve('again'), { once: true })
  })
}

function untilOnline(
  control: { isOnline: boolean },
  onOnline: (listener: () => void) => () => void,
  signal: AbortSignal,
): Promise<void> {
  if (control.isOnline) return Promise.resolve()
  return new Promise((resolve, reject) => {
    const finish = (settle: () => void) => {
      forget()
      signal.removeEventListener('abort', onAbort)
      settle()
    }
    const onAbort = () => finish(() => reject(signal.reason as Error))
    const forget = onOnline(() => finish(resolve))
    if (signal.aborted) return onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
  })
}
