import type { KvmState } from '../../contract/state.ts'
import type { PowerControl, SendOutcome, StateSource } from '../driver.ts'

/** How long the Switch may take to show a button held, ms: a queue, a serial line, and LEDs told in bundles. */
const showsWithinMs = 2_500
/** A press that is shorter may be over before kvmd tells of it. */
const shortestShownS = 0.4

/**
 * The buttons at one port of a PiKVM Switch. kvmd answers 200 when a press is queued and drops one for a port that is
 * busy or gone without a word, so its state is looked at before, and after for the button being held.
 */
export function createPortPower(parts: {
  all: PowerControl
  state: StateSource
  /** Seconds that this press is held by the Switch's own setting; null: not known. */
  holdsFor(button: 'power' | 'powerLong' | 'reset'): number | null
  now(): number
}): PowerControl {
  const { all, state, now } = parts
  return {
    async send(signal, abort) {
      if (!('button' in signal)) return await all.send(signal, abort)
      const obstacle = obstacleIn(state.state)
      if (obstacle !== null) return { outcome: 'notSent', reason: obstacle, at: now() }
      const shown = watchHeld(state)
      try {
        const sent = await all.send(signal, abort)
        const holdsFor = parts.holdsFor(signal.button)
        if (sent.outcome !== 'acknowledged' || (holdsFor !== null && holdsFor < shortestShownS)) return sent
        return (await shown.within(showsWithinMs)) ? sent : notShown(now())
      } finally {
        shown.stop()
      }
    },
  }
}

function notShown(at: number): SendOutcome {
  return { outcome: 'unknown', reason: 'notShownHeld', at }
}

function obstacleIn({ seat, atxBusy }: KvmState): string | null {
  if (seat === undefined || seat.place.value === null) return 'device/unreachable'
  if (seat.place.value === 'noPort') return 'device/unsupported'
  return atxBusy.value === true ? 'device/busy' : null
}

/** Watches for the port's buttons being held from now on. */
function watchHeld(state: StateSource) {
  const held = Promise.withResolvers<boolean>()
  const unsubscribe = state.onChange(({ atxBusy }) => {
    if (atxBusy.value === true) held.resolve(true)
  })
  let timer: NodeJS.Timeout | undefined
  return {
    within(ms: number): Promise<boolean> {
      timer = setTimeout(held.resolve, ms, false)
      return held.promise
    },
    stop(): void {
      unsubscribe()
      clearTimeout(timer)
    },
  }
}
