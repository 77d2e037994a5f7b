import type { NameResolver } from '../../names/name-resolver.ts'
import type { DriverHooks, EndpointAccess, EndpointConnection } from '../driver.ts'
import { startControlLink } from './control-link.ts'
import { createCredentials, type LoginStore } from './credentials.ts'
import { createDialer } from './dialer.ts'
import type { DeviceEvent } from './events.ts'
import { createH264Video } from './h264-video.ts'
import { createInput } from './input.ts'
import { createListeners } from './listeners.ts'
import { readMedia } from './media-stream.ts'
import { readMjpeg } from './mjpeg-stream.ts'
import { createObservedState } from './observed-state.ts'
import { createPictureWatch } from './picture-change.ts'
import { createPower } from './power.ts'
import { createPresence } from './presence.ts'
import { createReleaseWatch } from './release-watch.ts'
import { createStills } from './still.ts'
import { createStreamControl } from './stream-control.ts'
import type { PikvmTimings } from './timings.ts'
import { createVideo } from './video.ts'

/** How long the daemon may take to show that it has handled the end of our own socket, ms. */
const settleMs = 2_000

/** A running connection to one PiKVM: starts at once, never throws; trouble shows in `state.problem`. */
export function openConnection(
  access: EndpointAccess,
  hooks: DriverHooks,
  parts: { names: NameResolver; logins: LoginStore; timings: PikvmTimings },
): EndpointConnection {
  const { timings } = parts
  const { log, now } = { log: hooks.log, now: () => hooks.now() }
  const { endpointId } = access
  const closing = new AbortController()
  const dialer = createDialer(access, parts.names, hooks)
  const credentials = createCredentials(access, { dialer, logins: parts.logins, now })
  const link = { dialer, credentials, timings, now, log, endpointId }
  const ledWiringAt = (port: number | null) =>
    access.ledWirings?.find((seen) => seen.port === port)?.ledWiring
  const state = createObservedState({ endpointId, ledWiring: ledWiringAt(null), now, log })
  const releases = createReleaseWatch()
  const pictures = createPictureWatch()
  const onlines = createListeners<void>(log)

  const control = startControlLink(link, link, {
    onOnline() {
      state.take({ type: 'online' })
      onlines.tell()
      ownSocketMoved()
    },
    onOffline: (problem) => state.take({ type: 'offline', problem }),
    onHeard: () => state.take({ type: 'heard' }),
    onEvent(event: DeviceEvent) {
      if (event.type === 'clients' && releases.strangerShows(performance.now())) input.released()
      state.take({ type: 'event', event })
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
    if (change !== 'none') state.take({ type: change === 'whole' ? 'pictureChanged' : 'pictureStirred' })
  }

  const stills = createStills({
    ...link,
    signal: closing.signal,
    mayHavePicture: () => control.isOnline && state.state.signal.value?.present === true,
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
  })
  const video = createVideo({
    still: stills.still,
    stayPresent: (signal) => presence.readWhilePresent(untilAborted, signal),
    h264,
    lingerMs: timings.lingerMs,
    now,
    log,
    view: (signal, onFrame) =>
      presence.readWhilePresent(
        (until) =>
          readMjpeg(link, until, (frame) => {
            if (frame.online) notePicture('stream', frame.bytes)
            onFrame(frame)
            // However it ended, it is read again.
          }).catch(() => 'again' as const),
        signal,
      ),
  })

  return {
    power: createPower(link),
    video,
    stream: createStreamControl(link),
    input,
    state,
    async close() {
      closing.abort()
      await video.close()
      await presence.close()
      await control.close()
      state.close()
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
