import { isAppError } from '../../errors.ts'
import { asRecord } from './bounded-json.ts'
import type { DeviceEvent } from './events.ts'
import { noneSettleMs, type SwitchBoard } from './switch-board.ts'

/** Asks now and then what the Switch behind a PiKVM is like, while the control socket is online. */
export interface SwitchReread {
  /** The control socket has come, or gone. */
  online(): void
  offline(): void
  /** The device told of its Switch by itself: an answer that is on its way may be older. */
  told(): void
  /** The board took something in. */
  boardTaken(): void
}

/**
 * kvmd 4.197 gathers for 0.2 s what buttons and LEDs at the ports do, and loses all of it when each change comes within
 * 0.1 s of the one before and the last one 0.1 to 0.2 s after the first. A machine that went off would stay on, and
 * freshly so, until something else changes at any port; an answer is always right. `read` gives the result of GET
 * /api/switch. Where no Switch is or was, nothing is asked.
 */
export function createSwitchReread(parts: {
  everyMs: number
  board(): SwitchBoard
  read(signal: AbortSignal): Promise<unknown>
  onEvent(event: DeviceEvent): void
}): SwitchReread {
  let session = new AbortController()
  let timer: NodeJS.Timeout | undefined
  let timesTold = 0
  offline()

  async function ask(signal: AbortSignal): Promise<void> {
    const before = timesTold
    const event = asRecord(await parts.read(signal))
    if (event && before === timesTold && !signal.aborted) parts.onEvent({ type: 'switch', event })
  }
  async function look(own: AbortController): Promise<void> {
    timer = undefined
    try {
      await ask(own.signal)
    } catch (error) {
      // The control socket tells whether it can be talked to. A password that was changed meanwhile is not tried on and on.
      const isRefused = isAppError(error) && error.code === 'device/refusedCredentials'
      if (isRefused && own === session) offline()
    }
    if (!own.signal.aborted) goOn()
  }
  function lookIn(ms: number): void {
    clearTimeout(timer)
    timer = setTimeout(() => void look(session), ms)
  }
  function goOn(): void {
    if (timer === undefined && parts.board().hadSwitch) lookIn(parts.everyMs)
  }
  function offline(): void {
    session.abort()
    stopTimer()
  }
  function stopTimer(): void {
    clearTimeout(timer)
    timer = undefined
  }
  return {
    online() {
      offline()
      session = new AbortController()
      goOn()
    },
    offline,
    told: () => void timesTold++,
    boardTaken() {
      if (session.signal.aborted) return
      const { hadSwitch, noneSince } = parts.board()
      if (!hadSwitch) stopTimer()
      else if (noneSince === null) goOn()
      // Nothing need happen at the moment from which it is believed.
      else lookIn(noneSettleMs)
    },
  }
}
