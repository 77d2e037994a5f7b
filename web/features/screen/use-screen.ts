import { onBeforeUnmount, onMounted, reactive } from 'vue'
import type { Layout } from '../../../server/contract/inventory.ts'
import type { ScreenClientMessage, ScreenServerMessage } from '../../../server/contract/screen.ts'
import { ReconnectingSocket, type SocketLink } from '../../api/reconnecting-socket.ts'
import { ServerClock } from '../../api/server-clock.ts'
import { DeliveryMeter } from './delivery-meter.ts'
import { KeySender } from './key-sender.ts'
import { PicturePainter } from './picture-painter.ts'

type Said<T extends ScreenServerMessage['type']> = Extract<ScreenServerMessage, { type: T }>
export type TextReport = Omit<Said<'text'>, 'type' | 'state'> & { state: Said<'text'>['state'] | 'linkLost' }

export type ScreenState = {
  link: SocketLink
  picture: Omit<Said<'picture'>, 'type'>
  /** Size and server time of the picture on show; null before the first. */
  drawn: { width: number; height: number; reachedAt: number } | null
  control: Omit<Said<'control'>, 'type'>
  viewers: string[]
  leds: Omit<Said<'leds'>, 'type'>
  text: TextReport | null
  refusedKey: Said<'inputRefused'>['reason'] | null
  /** Set when this screen has ended and coming back would not help. */
  ended: 'moved' | 'removed' | 'signedOut' | null
}

/** Away for longer than this, a phone's socket is likely to be dead although it looks open. */
const awayMs = 3_000

/** The link to one machine's screen: pictures, who has control, and a way to type. Call in setup. */
export function useScreen(deviceId: string) {
  const state = reactive<ScreenState>({
    link: 'connecting',
    picture: { state: 'starting', since: Date.now() },
    drawn: null,
    control: { holder: null, you: false, mayTake: true },
    viewers: [],
    leds: { caps: null, keyboardOnline: null, mouseOnline: null, mouseAbsolute: null },
    text: null,
    refusedKey: null,
    ended: null,
  })
  const clock = new ServerClock()
  const meter = new DeliveryMeter()
  const painter = new PicturePainter((header) => (state.drawn = header))
  let receivedBytes = 0
  let hadControl = false
  let hiddenAt: number | null = null
  let textCount = 0

  const socket = new ReconnectingSocket(`/api/screen/${encodeURIComponent(deviceId)}`, {
    opened: restart,
    message: (message) => received(message as ScreenServerMessage),
    binary: receivedPicture,
    link: (link) => {
      state.link = link
      if (link !== 'open') lost()
    },
    pong: (pong) => clock.add(pong),
  })
  const send = (message: ScreenClientMessage): boolean => socket.send(message)
  const keys = new KeySender(send)

  function restart(): void {
    receivedBytes = 0
    keys.reset()
    if (document.visibilityState === 'hidden') send({ type: 'pause', paused: true })
    // The same person in the same tab: control is theirs again unless somebody took it meanwhile.
    if (hadControl) send({ type: 'take' })
  }

  function lost(): void {
    keys.forget()
    state.control = { ...state.control, holder: null, you: false }
    if (state.text?.state === 'typing') state.text = { ...state.text, state: 'linkLost' }
  }

  function receivedPicture(data: ArrayBuffer): void {
    receivedBytes += data.byteLength
    send({ type: 'ack', bytes: receivedBytes })
    meter.add(data.byteLength, performance.now())
    painter.offer(data)
  }

  function received(message: ScreenServerMessage): void {
    switch (message.type) {
      case 'picture':
        state.picture = message
        return
      case 'control':
        return receivedControl(message)
      case 'viewers':
        state.viewers = message.names
        return
      case 'leds':
        state.leds = message
        return
      case 'text':
        if (message.id === state.text?.id) state.text = message
        return
      case 'inputRefused':
        state.refusedKey = message.reason
        return
      case 'bye':
        return receivedBye(message.reason)
    }
  }

  function receivedControl(message: Said<'control'>): void {
    if (state.control.you && !message.you) keys.forget()
    // Somebody else took it: coming back later must not take it from them.
    if (hadControl && message.holder !== null && !message.you) hadControl = false
    if (message.you) hadControl = true
    state.control = message
  }

  function receivedBye(reason: Said<'bye'>['reason']): void {
    if (reason !== 'moved' && reason !== 'removed' && reason !== 'signedOut') return
    state.ended = reason
    socket.stop()
    state.link = 'lost'
    lost()
  }

  function visibilityChanged(): void {
    if (document.visibilityState === 'hidden') {
      hiddenAt = Date.now()
      keys.allUp()
      send({ type: 'pause', paused: true })
      return
    }
    const wasAway = hiddenAt !== null && Date.now() - hiddenAt > awayMs
    hiddenAt = null
    if (wasAway) renew()
    else send({ type: 'pause', paused: false })
  }

  /** A new socket at once, instead of waiting to find out that the old one is dead. */
  function renew(): void {
    if (state.ended !== null || document.visibilityState === 'hidden') return
    socket.stop()
    socket.start()
  }

  function pageShown(event: PageTransitionEvent): void {
    if (event.persisted) renew()
  }

  onMounted(() => {
    document.addEventListener('visibilitychange', visibilityChanged)
    window.addEventListener('pageshow', pageShown)
    window.addEventListener('online', renew)
    socket.start()
  })
  onBeforeUnmount(() => {
    document.removeEventListener('visibilitychange', visibilityChanged)
    window.removeEventListener('pageshow', pageShown)
    window.removeEventListener('online', renew)
    keys.allUp()
    keys.forget()
    socket.stop()
    painter.setCanvas(null)
  })

  return {
    state,
    keys,
    painter,
    /** The server's time, as exact as the link allows. */
    now: () => Date.now() + clock.offsetMs,
    delivery: () => meter.read(performance.now()),
    take: () => send({ type: 'take' }),
    takeOver: () => {
      const over = state.control.holder?.viewerId
      return send({ type: 'take', ...(over !== undefined && { over }) })
    },
    release: () => {
      hadControl = false
      keys.allUp()
      return send({ type: 'release' })
    },
    /** Types text as one unit; what becomes of it shows in `state.text`. */
    type: (text: string, layout: Layout) => typeText(text, layout),
    cancelText: () => state.text !== null && send({ type: 'cancelText', id: state.text.id }),
    dismissRefusal: () => (state.refusedKey = null),
  }

  function typeText(text: string, layout: Layout): boolean {
    textCount += 1
    const id = `text-${textCount}`
    state.text = { id, state: 'typing', sent: 0, total: [...text].length }
    if (send({ type: 'text', id, text, layout })) return true
    state.text = null
    return false
  }
}
export type Screen = ReturnType<typeof useScreen>
