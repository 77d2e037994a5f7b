import type { Timers } from './timers.ts'
import type { ScreenClientMessage } from '../contract/screen.ts'
import type { KeyOutcome } from './input-desk.ts'
import type { MachineScreen } from './machine-screen.ts'
import { handleLogin, handleText, type Refusal, type TextContext } from './handle-text.ts'
import type { Viewer } from './viewer.ts'

type InputMessage = Extract<ScreenClientMessage, { seq: number }>

/** What typing needs from outside; who may type is known here. */
export type MessageContext = Omit<TextContext, 'refusal'> & {
  /** Something failed after the message was taken. */
  onFailure(error: unknown): void
}

/** Does what one message of one viewer asks. The right to type is asked for each message that types. */
export function handleMessage(
  screen: MachineScreen,
  viewer: Viewer,
  message: ScreenClientMessage,
  { now, count }: Pick<Timers, 'now' | 'count'>,
  context: MessageContext,
): void {
  viewer.heardAt = count()
  switch (message.type) {
    case 'ping':
      return viewer.port.tell({ type: 'pong', t: message.t, serverTime: now() })
    case 'ack':
      return viewer.feed.acknowledge(message.bytes)
    case 'pause':
      viewer.feed.setPaused(message.paused)
      return screen.hub.changed(viewer.feed)
    case 'view':
      viewer.feed.view(message.quality, message.h264)
      return screen.hub.changed(viewer.feed)
    case 'keyFrame':
      return viewer.feed.restart()
    case 'take':
      return screen.take(viewer, message)
    case 'release':
      return screen.release(viewer)
    case 'holding':
    case 'allUp':
      return handleHolding(screen, viewer, message.type)
    case 'text':
      return handleText(screen, viewer, message, withRefusal(screen, viewer, context))
    case 'login':
      handleLogin(screen, viewer, message, withRefusal(screen, viewer, context)).catch(context.onFailure)
      return
    case 'cancelText':
      return handleCancel(screen, viewer, message.id)
    default:
      return handleInput(screen, viewer, message)
  }
}

function refusal(screen: MachineScreen, viewer: Viewer): Refusal | null {
  if (!viewer.mayInput()) return 'forbidden'
  if (screen.isCatching) return 'catching'
  if (!screen.hasControl(viewer)) return 'noControl'
  return screen.away
}

function handleHolding(screen: MachineScreen, viewer: Viewer, type: 'holding' | 'allUp'): void {
  if (refusal(screen, viewer) !== null) return
  screen.desk.heard()
  if (type === 'allUp') screen.desk.releaseHeld()
}

function handleInput(screen: MachineScreen, viewer: Viewer, message: InputMessage): void {
  const refused = refusal(screen, viewer)
  if (refused !== null) {
    if (refused !== 'forbidden' && refused !== 'noControl' && isFleeting(message)) return
    return viewer.port.tell({ type: 'inputRefused', seq: message.seq, reason: refused })
  }
  screen.desk.heard()
  const outcome = put(screen, message)
  if (outcome === 'taken' || outcome === 'queued') return
  const reason = outcome === 'unreachable' ? 'kvmUnreachable' : outcome
  if (reason === 'kvmUnreachable' && isFleeting(message)) return
  viewer.port.tell({ type: 'inputRefused', seq: message.seq, reason })
}

/** A movement that is late or lost is replaced by the next one. */
function isFleeting({ type }: InputMessage): boolean {
  return type === 'move' || type === 'relative'
}

function put({ desk }: MachineScreen, message: InputMessage): KeyOutcome {
  switch (message.type) {
    case 'key':
      return desk.key(message.code, message.down)
    case 'button':
      return desk.button(message.button, message.down)
    case 'move':
      return desk.pointer({ type: 'move', x: message.x, y: message.y })
    case 'relative':
    case 'wheel':
      return desk.pointer({ type: message.type, dx: message.dx, dy: message.dy })
  }
}

function withRefusal(screen: MachineScreen, viewer: Viewer, context: MessageContext): TextContext {
  return { ...context, refusal: () => refusal(screen, viewer) }
}

function handleCancel(screen: MachineScreen, viewer: Viewer, id: string): void {
  if (refusal(screen, viewer) !== null) return
  screen.desk.heard()
  screen.desk.cancelText(id)
}
