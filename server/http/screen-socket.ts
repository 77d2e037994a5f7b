import type { Socket } from 'node:net'
import type { RawData } from 'ws'
import { z } from 'zod'
import type { Capability } from '../contract/access.ts'
import { pictureParts } from '../contract/picture-parts.ts'
import {
  screenClientMessage,
  type ScreenClientMessage,
  type ScreenServerMessage,
} from '../contract/screen.ts'
import type { Consoles } from '../consoles/consoles.ts'
import type { ByeReason, ViewerPort } from '../consoles/viewer.ts'
import type { BrowserSocket, SocketInput, SocketRoute } from './route.ts'

const closeGraceMs = 1_000
/** Text that a viewer does not take while its link is stuck; beyond this it is cut. */
const maxBufferedBytes = 8_000_000

/** What each message needs beyond `view`, which opening the socket needed. */
const needs = {
  ping: 'none',
  ack: 'none',
  pause: 'none',
  view: 'none',
  keyFrame: 'none',
  take: 'input',
  release: 'none',
  key: 'input',
  button: 'input',
  move: 'input',
  relative: 'input',
  wheel: 'input',
  holding: 'input',
  allUp: 'input',
  text: 'input',
  login: 'input',
  cancelText: 'input',
} as const satisfies Record<ScreenClientMessage['type'], Capability | 'none'>

/** `/api/screen/:deviceId`: pictures as binary messages, everything else as JSON text (`contract/screen.ts`). */
export function screenSocket(consoles: Consoles): SocketRoute {
  return {
    url: '/api/screen/:deviceId',
    access: { capability: 'view', on: 'device', param: 'deviceId' },
    maxPayloadBytes: 128 * 1024,
    messages: needs,
    open: (input) => openScreen(consoles, input),
  }
}

function openScreen(consoles: Consoles, input: SocketInput): void {
  const { socket, isStream, request, principal, params, may } = input
  const deviceId = params['deviceId'] ?? ''
  const attachment = consoles.attach({
    deviceId,
    person: { userId: principal.userId, name: principal.name },
    port: portOf(socket, request.socket),
    mayInput: () => may('input', { type: 'device', deviceId }),
  })
  if (attachment === null) return
  socket.on('message', (data, isBinary) => {
    const message = isBinary ? null : parse(data)
    if (message === null) return socket.close(1008, 'message not understood')
    attachment.receive(isStream === true ? inStills(message) : message)
  })
  socket.on('pong', () => attachment.probed())
  socket.on('close', () => attachment.detach())
  // `close` follows; the reason (a reset, a bad frame) changes nothing for us.
  socket.on('error', () => socket.terminate())
}

/** Each picture is acknowledged by a request of its own on a stream: stills about once a second are what it carries. */
function inStills(message: ScreenClientMessage): ScreenClientMessage {
  return message.type === 'view' ? { ...message, quality: 'light', h264: false } : message
}

/** Compiled by zod once: a key must not wait for an interpreter that walks 14 shapes. */
const clientMessage = z.compile(screenClientMessage)

function parse(data: RawData): ScreenClientMessage | null {
  try {
    const parsed = clientMessage.safeParse(JSON.parse(String(data)))
    return parsed.success ? parsed.data : null
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

function portOf(socket: BrowserSocket, stream: Socket): ViewerPort {
  return {
    tell: (message) => {
      if (socket.readyState !== socket.OPEN) return
      if (socket.bufferedAmount > maxBufferedBytes) return socket.terminate()
      socket.send(JSON.stringify(message satisfies ScreenServerMessage))
    },
    send: (picture) => {
      if (socket.readyState !== socket.OPEN) return
      // One write to the network for all parts.
      stream.cork()
      for (const part of pictureParts(picture)) socket.send(part, { binary: true, compress: false })
      stream.uncork()
    },
    probe: () => {
      if (socket.readyState === socket.OPEN) socket.ping()
    },
    bufferedBytes: () => socket.bufferedAmount,
    close: (reason) => sayBye(socket, reason),
  }
}

/** Says why and closes; a peer that does not answer is cut after a second. */
function sayBye(socket: BrowserSocket, reason: ByeReason): void {
  if (socket.readyState === socket.OPEN) socket.send(JSON.stringify({ type: 'bye', reason }))
  socket.close(1000, reason)
  const timer = setTimeout(() => socket.terminate(), closeGraceMs)
  timer.unref()
  socket.once('close', () => clearTimeout(timer))
}
