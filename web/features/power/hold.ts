/**
 * The bar that must be held. Pure: input events in, state out; `fired` is reached once and only by a real finger,
 * mouse or key. Times are ms on one steady clock.
 */
export type HoldState =
  | { name: 'idle' }
  | { name: 'holding'; pointerId: number; heldMs: number; seenAt: number }
  /** Let go, slid off or scrolled before the end: nothing was sent. */
  | { name: 'released' }
  /** A first press of a key or a screen reader; a second one within 5 s fires. */
  | { name: 'armed'; at: number }
  | { name: 'fired' }

export type HoldInput =
  | { type: 'down'; pointerId: number; isTrusted: boolean; isPrimary: boolean; button: number; now: number }
  | { type: 'up' | 'cancel' | 'leave'; pointerId: number }
  /** Anything that means the page is not being held on purpose any more: scroll, second finger, blur, hidden page. */
  | { type: 'interrupt' }
  | { type: 'tick'; now: number }
  /** Enter or Space, or a click that no finger made (screen reader). */
  | { type: 'press'; isTrusted: boolean; isRepeat: boolean; now: number }
  | { type: 'disable' }

export const holdMs = 1_200
export const secondPressWithinMs = 5_000
/** A bouncing key or a double tap of a screen reader is one press. */
const bounceMs = 400
/** A page that stood still longer than this does not know whether the finger stayed: that time does not count. */
const longestStepMs = 100

export const idleHold: HoldState = { name: 'idle' }

/** One event's effect on the bar. */
export function advanceHold(state: HoldState, input: HoldInput): HoldState {
  if (state.name === 'fired') return state
  switch (input.type) {
    case 'down':
      return onDown(state, input)
    case 'up':
    case 'cancel':
    case 'leave':
      return state.name === 'holding' && state.pointerId === input.pointerId ? { name: 'released' } : state
    case 'interrupt':
      return state.name === 'holding' ? { name: 'released' } : state
    case 'tick':
      return onTick(state, input.now)
    case 'press':
      return onPress(state, input)
    case 'disable':
      return state.name === 'holding' ? { name: 'released' } : state.name === 'armed' ? idleHold : state
  }
}

function onDown(state: HoldState, input: Extract<HoldInput, { type: 'down' }>): HoldState {
  // A second finger ends the hold: it is a pinch or a palm.
  if (state.name === 'holding') return { name: 'released' }
  if (!input.isTrusted || !input.isPrimary || input.button !== 0) return state
  return { name: 'holding', pointerId: input.pointerId, heldMs: 0, seenAt: input.now }
}

function onTick(state: HoldState, now: number): HoldState {
  if (state.name === 'armed') return now - state.at > secondPressWithinMs ? idleHold : state
  if (state.name !== 'holding') return state
  const heldMs = state.heldMs + Math.min(Math.max(0, now - state.seenAt), longestStepMs)
  return heldMs >= holdMs ? { name: 'fired' } : { ...state, heldMs, seenAt: now }
}

function onPress(state: HoldState, input: Extract<HoldInput, { type: 'press' }>): HoldState {
  if (!input.isTrusted || input.isRepeat || state.name === 'holding') return state
  if (state.name !== 'armed') return { name: 'armed', at: input.now }
  const waitedMs = input.now - state.at
  if (waitedMs < bounceMs) return state
  return waitedMs <= secondPressWithinMs ? { name: 'fired' } : { name: 'armed', at: input.now }
}

/** How full the bar is, 0 to 1; in quarters for those who want less motion. */
export function holdProgress(state: HoldState, hasReducedMotion: boolean): number {
  if (state.name === 'fired') return 1
  if (state.name !== 'holding') return 0
  const progress = state.heldMs / holdMs
  return hasReducedMotion ? Math.floor(progress * 4) / 4 : progress
}

/** The fields of a click that tell who made it. */
export type ClickLike = { isTrusted: boolean; detail: number; pointerType?: string; buttons: number }

/**
 * Was this click made by a screen reader or another aid rather than by a finger or mouse? Those have no pointer and
 * count no clicks; TalkBack's say that a button is down, which a finger's click never does.
 */
export function isAssistedClick(click: ClickLike): boolean {
  if (!click.isTrusted) return false
  return (click.detail === 0 && !click.pointerType) || (click.detail <= 1 && click.buttons === 1)
}
