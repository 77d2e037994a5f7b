import { isAppError } from '../../errors.ts'
import { asRecord } from './bounded-json.ts'
import type { DeviceEvent } from './events.ts'

/** Asks now and then what the Switch behind a PiKVM is like, while the control socket is online. */
export interface SwitchReread {
  /** The control socket has come, or gone. */
  online(): void
  offline(): void
  /** The device told of its Switch by itself: an answer that is on its way may be older. */
  told(): void
}

/**
 * kvmd 4.197 gathers for 0.2 s what buttons and LEDs at the ports do, and loses all of it when each change comes within
 * 0.1 s of the one before and the last one 0.1 to 0.2 s after the first. A machine that went off would stay on, and
 * freshly so, until something else changes at any port; an answer is always right. `read` gives the result of GET
 * /api/switch; `isThere`: it has a Switch, or had one.
 */
export function createSwitchReread(parts: {
  everyMs: number
  isThere(): boolean
  read(signal: AbortSignal): Promise<unknown>
  onEvent(event: DeviceEvent): void
}): SwitchReread {
  let session = new AbortController()
  let timesTold = 0

  async function ask(signal: AbortSignal): Promise<void> {
    const before = timesTold
    const event = asRecord(await parts.read(signal))
    if (event && before === timesTold && !signal.aborted) parts.onEvent({ type: 'switch', event })
  }
  async function look(own: AbortController): Promise<void> {
    try {
      if (parts.isThere()) await ask(own.signal)
    } catch (error) {
      // The control socket tells whether it can be talked to. A password that was changed meanwhile is not tried on and on.
      if (isAppError(error) && error.code === 'device/refusedCredentials') return
    }
    lookLater(own)
  }
  function lookLater(own: AbortController): void {
    if (own.signal.aborted) return
    const timer = setTimeout(() => void look(own), parts.everyMs)
    own.signal.addEventListener('abort', () => clearTimeout(timer), { once: true })
  }
  function offline(): void {
    session.abort()
  }
  return {
    online() {
      offline()
      session = new AbortController()
      lookLater(session)
    },
    offline,
    told: () => void timesTold++,
  }
}
