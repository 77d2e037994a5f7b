import { onBeforeUnmount, onMounted, reactive } from 'vue'
import type { Layout, LoginPart } from '../../../server/contract/inventory.ts'
import type { ScreenClientMessage, ScreenServerMessage } from '../../../server/contract/screen.ts'
import { ReconnectingSocket, type SocketLink } from '../../api/reconnecting-socket.ts'
import { ServerClock } from '../../api/server-clock.ts'
import { useTransportStore } from '../../api/transport-store.ts'
import type { Edit, EditReport } from './live-text.ts'
import { KeySender } from './key-sender.ts'
import type { SentLine } from './line-reaction.ts'
import { usePicture } from './use-picture.ts'

type Said<T extends ScreenServerMessage['type']> = Extract<ScreenServerMessage, { type: T }>
export type TextReport = Omit<Said<'text'>, 'type' | 'state'> & { state: Said<'text'>['state'] | 'linkLost' }

export type LoginReport = Pick<TextReport, 'id' | 'state' | 'reason'>

export type ScreenState = {
  link: SocketLink
  /** The link looks open and may be dead: nothing can be typed until that is known. */
  isDoubtful: boolean
  picture: Omit<Said<'picture'>, 'type'>
  control: Omit<Said<'control'>, 'type'>
  viewers: string[]
  leds: Omit<Said<'leds'>, 'type'>
  text: TextReport | null
  /** The last line, once it was typed to its end. */
  sentLine: SentLine | null
  login: LoginReport | null
  refusedKey: Said<'inputRefused'>['reason'] | null
  /** Set when this screen has ended and coming back would not help. */
  ended: 'moved' | 'removed' | 'signedOut' | null
}

export type ScreenOptions = {
  /** The viewer that this page was before it was loaded again, when it had control then. */
  formerViewerId: string | null
  /** This page on the server while it has control, null otherwise. */
  onControl(viewerId: string | null): void
  /** What became of an edit; one without an id means all that are on their way. */
  onEdit(report: EditReport): void
  /** Another picture is on the canvas. */
  onDrawn(): void
}

const editIdStart = 'edit-'
const typing: ReadonlySet<string> = new Set(['key', 'button', 'move', 'relative', 'wheel', 'text', 'login'])

/** The link to one machine's screen: pictures, who has control, and a way to type. Call in setup. */
export function useScreen(deviceId: string, options: ScreenOptions) {
  const state = reactive<ScreenState>({
    link: 'connecting',
    isDoubtful: false,
    picture: { state: 'starting', since: Date.now() },
    control: { holder: null, you: false, mayTake: true },
    viewers: [],
    leds: { caps: null, keyboardOnline: null, mouseOnline: null, mouseAbsolute: null },
    text: null,
    sentLine: null,
    login: null,
    refusedKey: null,
    ended: null,
  })
  const clock = new ServerClock()
  let hadControl = options.formerViewerId !== null
  let viewerId = options.formerViewerId
  /** Who this page was on its last socket, until control has come over from there. */
  let former: string | null = null
  let textCount = 0
  let lineSentAt = 0

  const socket = new ReconnectingSocket(
    `/api/screen/${encodeURIComponent(deviceId)}`,
    {
      opened: restart,
      message: (message) => received(message as ScreenServerMessage),
      binary: (data) => picture.received(data),
      link: (link) => {
        state.link = link
        if (link !== 'open') lost()
      },
      doubt: (isDoubtful) => {
        state.isDoubtful = isDoubtful
        if (isDoubtful) keys.allUp()
      },
      pong: (pong) => clock.add(pong),
    },
    { open: useTransportStore().open },
  )
  const send = (message: ScreenClientMessage): boolean => {
    // Into a dead socket a key would vanish without a word.
    if (state.isDoubtful && typing.has(message.type)) return false
    return socket.send(message)
  }
  const keys = new KeySender(send)
  const picture = usePicture({ send, state: () => state.picture.state, onDrawn: options.onDrawn })

  function now(): number {
    return Date.now() + clock.offsetMs
  }

  function restart(): void {
    keys.reset()
    if (document.visibilityState === 'hidden') send({ type: 'pause', paused: true })
    picture.opened()
    typingLost()
    // The same person in the same tab: control is theirs again unless another tab or person took it meanwhile.
    former = hadControl ? viewerId : null
    if (former !== null) send({ type: 'take', instead: former })
  }

  function lost(): void {
    keys.forget()
    state.control = { ...state.control, holder: null, you: false }
    typingLost()
  }

  function typingLost(): void {
    if (state.text?.state === 'typing') state.text = { ...state.text, state: 'linkLost' }
    if (state.login?.state === 'typing') state.login = { ...state.login, state: 'linkLost' }
    options.onEdit({ id: '', state: 'interrupted' })
  }

  function received(message: ScreenServerMessage): void {
    switch (message.type) {
      case 'hello':
        viewerId = message.viewerId
        return
      case 'picture':
        state.picture = message
        return
      case 'form':
        picture.choice.form = message.form
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
        return receivedText(message)
      case 'inputRefused':
        state.refusedKey = message.reason
        return
      case 'bye':
        return receivedBye(message.reason)
    }
  }

  function receivedText(message: Said<'text'>): void {
    if (message.id === state.text?.id) {
      state.text = message
      if (message.state === 'done') state.sentLine = { sentAt: lineSentAt, doneAt: now() }
    } else if (message.id === state.login?.id) state.login = message
    else if (message.id.startsWith(editIdStart)) options.onEdit(message)
  }

  function receivedControl(message: Said<'control'>): void {
    // Still with our old socket: the answer to `take` follows.
    if (former !== null && message.holder?.viewerId === former) return
    former = null
    if (state.control.you && !message.you) keys.forget()
    // Somebody else took it: coming back later must not take it from them.
    if (hadControl && message.holder !== null && !message.you) hadControl = false
    if (message.you) hadControl = true
    state.control = message
    options.onControl(message.you ? viewerId : null)
  }

  function receivedBye(reason: Said<'bye'>['reason']): void {
    if (reason !== 'moved' && reason !== 'removed' && reason !== 'signedOut') return
    state.ended = reason
    socket.stop()
    state.link = 'lost'
    lost()
  }

  function visibilityChanged(): void {
    const isHidden = document.visibilityState === 'hidden'
    if (isHidden) keys.allUp()
    send({ type: 'pause', paused: isHidden })
  }

  onMounted(() => {
    document.addEventListener('visibilitychange', visibilityChanged)
    socket.start()
  })
  onBeforeUnmount(() => {
    document.removeEventListener('visibilitychange', visibilityChanged)
    keys.allUp()
    keys.forget()
    socket.stop()
    picture.painter.setCanvas(null)
  })

  return {
    state,
    keys,
    picture,
    /** The server's time, as exact as the link allows. */
    now,
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
    /** Takes back and types at once; what becomes of it goes to `onEdit`. The edit's id, or null without a link. */
    edit: ({ erase, text }: Edit, layout: Layout): string | null => {
      const id = `${editIdStart}${(textCount += 1)}`
      return send({ type: 'text', id, text, layout, erase }) ? id : null
    },
    /** Has the server type what this machine's login holds; what becomes of it shows in `state.login`. */
    typeLogin: (what: LoginPart, nonce: string, layout: Layout, withEnter: boolean): void => {
      const id = `login-${(textCount += 1)}`
      const isSent = send({ type: 'login', id, what, nonce, withEnter, layout })
      state.login = { id, state: isSent ? 'typing' : 'linkLost' }
    },
    cancelText: () => state.text !== null && send({ type: 'cancelText', id: state.text.id }),
    dismissRefusal: () => (state.refusedKey = null),
  }

  function typeText(text: string, layout: Layout): boolean {
    textCount += 1
    const id = `text-${textCount}`
    state.text = { id, state: 'typing', sent: 0, total: [...text].length }
    state.sentLine = null
    lineSentAt = now()
    if (send({ type: 'text', id, text, layout })) return true
    state.text = null
    return false
  }
}
export type Screen = ReturnType<typeof useScreen>
