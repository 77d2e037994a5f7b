import type { InputSink } from '../driver.ts'
import type { ControlLink } from './control-link.ts'
import { createHeldKeys } from './held-keys.ts'
import { keyFrame, pointerFrame } from './input-frames.ts'
import type { Listeners } from './listeners.ts'

/** Above this backlog a mouse position would arrive late; the next one replaces it anyway. */
const moveBacklogBytes = 2_000

export type PikvmInput = InputSink & {
  /** The device let go of everything; tells the holders of control. */
  released(): void
}

/** Keys and pointer of one PiKVM on its control socket. */
export function createInput(
  link: Pick<ControlLink, 'send' | 'backlogBytes' | 'isOnline'>,
  releases: Listeners<void>,
): PikvmInput {
  const held = createHeldKeys()
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
      return !isLate && link.send(pointerFrame(event))
    },
    onReleased: (listener) => releases.add(listener),
    released() {
      held.clear()
      releases.tell()
    },
  }
}
