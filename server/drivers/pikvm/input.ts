import type { InputSink } from '../driver.ts'
import type { ControlLink } from './control-link.ts'
import { createHeldKeys } from './held-keys.ts'
import { keyFrame, pointerFrame } from './input-frames.ts'
import type { Listeners } from './listeners.ts'

/** Above this backlog a mouse position would arrive late; the next one replaces it anyway. */
const moveBacklogBytes = 2_000

type Button = Extract<Parameters<InputSink['pointer']>[0], { type: 'button' }>['button']

export type PikvmInput = InputSink & {
  /** The device let go of everything; tells the holders of control. */
  released(): void
  /** Lets go of everything that is held on the device, whoever holds it. */
  letGo(): void
}

/** Keys and pointer of one PiKVM on its control socket. */
export function createInput(
  link: Pick<ControlLink, 'send' | 'backlogBytes' | 'isOnline'>,
  releases: Listeners<void>,
): PikvmInput {
  const held = createHeldKeys()
  const buttons = new Set<Button>()
  return {
    key(code, down) {
      if (!link.isOnline) return false
      if (!held.admit(code, down)) return true
      const isSent = link.send(keyFrame(code, down))
      if (!isSent && down) held.admit(code, false)
      return isSent
    },
    pointer(event) {
      const isLate = event.type === 'move' && link.backlogBytes > moveBacklogBytes
      const isSent = !isLate && link.send(pointerFrame(event))
      if (event.type === 'button' && isSent && event.down) buttons.add(event.button)
      if (event.type === 'button' && !event.down) buttons.delete(event.button)
      return isSent
    },
    onReleased: (listener) => releases.add(listener),
    released() {
      held.clear()
      buttons.clear()
      releases.tell()
    },
    letGo() {
      for (const code of held.codes) link.send(keyFrame(code, false))
      for (const button of buttons) link.send(pointerFrame({ type: 'button', button, down: false }))
      held.clear()
      buttons.clear()
    },
  }
}
