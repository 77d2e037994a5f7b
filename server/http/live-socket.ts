import type { RawData } from 'ws'
import { liveClientMessage, type LiveClientMessage, type LiveServerMessage } from '../contract/live.ts'
import type { Capability } from '../contract/access.ts'
import type { Streamers } from '../domain.ts'
import type { Unsubscribe } from '../drivers/driver.ts'
import { LiveFeed, type LiveFeedParts } from './live-feed.ts'
import { LiveThumbnails, type ThumbnailSource } from './live-thumbnails.ts'
import type { BrowserSocket, SocketInput, SocketRoute } from './route.ts'

/** More than this unsent and changes wait, merged, until the browser has caught up. */
const mostUnsentBytes = 64 * 1024
/** A browser that takes nothing for this long is cut; its page connects again when it lives. */
const frozenAfterMs = 30_000
const lookForFrozenMs = 5000

/** What each message needs; which machines `thumbnails` may name is asked for each of them. */
const needs = {
  ping: 'none',
  thumbnails: 'view',
  watch: 'view',
} as const satisfies Record<LiveClientMessage['type'], Capability | 'none'>

export type LiveSocketParts = LiveFeedParts & { pictures: ThumbnailSource; streamers: Streamers }

/** `/api/live`: a snapshot, then patches as JSON text; small pictures as binary messages (`contract/live.ts`). */
export function liveSocket(parts: LiveSocketParts): SocketRoute {
  return {
    url: '/api/live',
    access: 'signedInOrGuest',
    maxPayloadBytes: 16 * 1024,
    // A snapshot shrinks to a seventh; it holds names and states, no secrets.
    isCompressed: true,
    messages: needs,
    open: (input) => openLive(parts, input),
  }
}

function openLive(parts: LiveSocketParts, { socket, signal, may }: SocketInput): void {
  const send = (message: LiveServerMessage): void => {
    if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(message))
  }
  const feed = new LiveFeed(parts, { may, send, isReady: () => socket.bufferedAmount < mostUnsentBytes })
  const thumbnails = new LiveThumbnails(parts.pictures, {
    mayView: (deviceId) => may('view', { type: 'device', deviceId }),
    isIdle: () => !feed.isBehind && socket.bufferedAmount === 0,
    deliver: makeDelivery(socket),
  })
  const watched = new WatchedMachine(parts.streamers, (deviceId) => may('view', { type: 'device', deviceId }))
  const stopWatching = cutWhenFrozen(socket)
  socket.on('message', (data, isBinary) => {
    const message = isBinary ? null : parse(data)
    if (message === null) socket.close(1008, 'message not understood')
    else if (message.type === 'thumbnails') thumbnails.want(message.deviceIds)
    else if (message.type === 'watch') watched.set(message.deviceId)
    // A browser that takes nothing gets no pongs either, so that they cannot pile up.
    else if (socket.bufferedAmount < mostUnsentBytes) {
      send({ type: 'pong', t: message.t, serverTime: parts.now() })
    }
  })
  const stop = (): void => {
    feed.stop()
    thumbnails.stop()
    watched.set(null)
  }
  signal.addEventListener(
    'abort',
    () => {
      stop()
      sayBye(send, signal.reason)
    },
    { once: true },
  )
  socket.on('close', () => {
    stop()
    stopWatching()
  })
}

/** The one machine that this browser has open. */
class WatchedMachine {
  readonly #streamers: Streamers
  readonly #mayView: (deviceId: string) => boolean
  #deviceId: string | null = null
  #release: Unsubscribe | null = null

  constructor(streamers: Streamers, mayView: (deviceId: string) => boolean) {
    this.#streamers = streamers
    this.#mayView = mayView
  }

  set(deviceId: string | null): void {
    if (deviceId === this.#deviceId) return
    this.#release?.()
    this.#deviceId = deviceId
    this.#release = deviceId !== null && this.#mayView(deviceId) ? this.#streamers.keep(deviceId) : null
  }
}

function sayBye(send: (message: LiveServerMessage) => void, reason: unknown): void {
  if (reason === 'serverStopping' || reason === 'signedOut') send({ type: 'bye', reason })
}

function parse(data: RawData): LiveClientMessage | null {
  try {
    const parsed = liveClientMessage.safeParse(JSON.parse(String(data)))
    return parsed.success ? parsed.data : null
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

/**
 * Sends a binary message followed by a websocket ping: a browser answers it by itself, and as frames stay in order
 * the pong says that the message has arrived. Resolves then, or when the socket is gone.
 */
function makeDelivery(socket: BrowserSocket): (message: Buffer) => Promise<void> {
  let count = 0
  return (message) =>
    new Promise((resolve) => {
      if (socket.readyState !== socket.OPEN) return resolve()
      const mark = `picture ${++count}`
      const finish = (): void => {
        socket.off('pong', onPong)
        socket.off('close', finish)
        resolve()
      }
      const onPong = (data: Buffer): void => {
        if (data.toString() === mark) finish()
      }
      socket.on('pong', onPong)
      socket.on('close', finish)
      socket.send(message, { binary: true, compress: false })
      socket.ping(mark)
    })
}

/** Cuts a browser whose unsent bytes do not shrink for 30 s. */
function cutWhenFrozen(socket: BrowserSocket): () => void {
  let before = 0
  let stuckMs = 0
  const timer = setInterval(() => {
    const unsent = socket.bufferedAmount
    stuckMs = unsent > 0 && unsent >= before ? stuckMs + lookForFrozenMs : 0
    before = unsent
    if (stuckMs >= frozenAfterMs) socket.terminate()
  }, lookForFrozenMs)
  return () => clearInterval(timer)
}
