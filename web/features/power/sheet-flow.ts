import type { BootAim } from '../../../server/contract/boot-keys.ts'
import type { Action, NonceFate, NonceView, PowerVerb, SysrqLetter } from '../../../server/contract/power.ts'
import type { ApiErrorCode } from '../../api/api-error.ts'

/**
 * What is asked for: a verb, through a chosen path or the best one (null); `letter` for one SysRq key; `catching`: keys
 * that are pressed afterwards, to open the firmware; `isTry`: a reboot to see whether this path works.
 */
export type Wish = {
  verb: PowerVerb
  pathId: string | null
  letter?: SysrqLetter
  catching?: BootAim
  isTry?: true
}

/** Does the machine start after this, so that keys can be pressed for its firmware? */
export function startsMachine(verb: PowerVerb): boolean {
  return verb !== 'off' && verb !== 'hardOff' && verb !== 'sysrqKey'
}

/** A wish for something else with the same keys afterwards, as far as that starts the machine. */
export function withKeysOf({ catching }: Wish, next: Wish): Wish {
  return catching !== undefined && startsMachine(next.verb) ? { ...next, catching } : next
}

/** Where the sheet is between opening and the log. Pure; requests are made by `usePowerSheet`. */
export type SheetState =
  /** Waiting for the nonce. */
  | { name: 'checking'; wish: Wish }
  | { name: 'ready'; wish: Wish; view: NonceView }
  /** The nonce is over or the state changed: look again. */
  | { name: 'stale'; wish: Wish; reason: 'expired' | 'changed' }
  | {
      name: 'refused'
      wish: Wish
      code: ApiErrorCode
      details: Record<string, unknown>
      view: NonceView | null
    }
  /** The request is on its way. */
  | { name: 'asking'; wish: Wish; nonce: string; askedAt: number }
  /** No answer came: nobody here knows whether Crashcart got it. */
  | { name: 'doubt'; wish: Wish; nonce: string; askedAt: number }
  /** Crashcart never got it, and cannot get it any more. */
  | { name: 'notHeard'; wish: Wish; askedAt: number }
  /** The log. `wasLost`: the answer was lost and the truth was learned later. */
  | { name: 'running'; wish: Wish; action: Action; wasLost: boolean }

export type SheetInput =
  | { type: 'check'; wish: Wish }
  | { type: 'checked'; view: NonceView }
  /** Which keys are to be pressed afterwards; the permission is the same. */
  | { type: 'aim'; aim: BootAim | null }
  | { type: 'failed'; code: ApiErrorCode; details: Record<string, unknown> }
  | { type: 'tick'; now: number }
  | { type: 'fire'; now: number }
  | { type: 'accepted'; action: Action }
  | { type: 'fate'; fate: NonceFate }
  | { type: 'watch'; action: Action }

/** One event's effect on the sheet. What does not fit the state is a late answer and changes nothing. */
export function advanceSheet(state: SheetState, input: SheetInput): SheetState {
  switch (input.type) {
    case 'check':
      // While a request may be on its way there is nothing new to ask for.
      return state.name === 'asking' || state.name === 'doubt'
        ? state
        : { name: 'checking', wish: input.wish }
    case 'checked':
      return state.name === 'checking' ? checked(state.wish, input.view) : state
    case 'aim':
      return state.name === 'ready' ? { ...state, wish: aimed(state.wish, input.aim) } : state
    case 'failed':
      return failed(state, input.code, input.details)
    case 'tick':
      return state.name === 'ready' && input.now >= state.view.expiresAt
        ? { name: 'stale', wish: state.wish, reason: 'expired' }
        : state
    case 'fire':
      return fire(state, input.now)
    case 'accepted':
      return state.name === 'asking'
        ? { name: 'running', wish: state.wish, action: input.action, wasLost: false }
        : state
    case 'fate':
      return learn(state, input.fate)
    case 'watch':
      return { name: 'running', wish: state.wish, action: input.action, wasLost: false }
  }
}

function aimed({ catching: _before, ...wish }: Wish, aim: BootAim | null): Wish {
  return aim === null || !startsMachine(wish.verb) ? wish : { ...wish, catching: aim }
}

function checked(wish: Wish, view: NonceView): SheetState {
  const { refusal } = view
  // A hard reboot is whatever the best path does best.
  const taken = { ...wish, verb: view.verb }
  if (refusal === null || refusal.code === 'power/nameNeeded') return { name: 'ready', wish: taken, view }
  // A machine with a plug only has no reset: its hard reboot is off and on.
  if (refusal.code === 'device/unsupported' && wish.verb === 'reset' && wish.pathId === null) {
    return { name: 'checking', wish: withKeysOf(wish, { verb: 'cycle', pathId: null }) }
  }
  return { name: 'refused', wish: taken, code: refusal.code, details: { ...refusal }, view }
}

function failed(state: SheetState, code: ApiErrorCode, details: Record<string, unknown>): SheetState {
  const { wish } = state
  if (state.name === 'asking') {
    // Only the server's own refusal says that nothing was pressed; anything else may have arrived.
    const isUnknown = code.startsWith('link/') || code.startsWith('server/')
    if (isUnknown) return { name: 'doubt', wish, nonce: state.nonce, askedAt: state.askedAt }
    if (code === 'power/nonceExpired') return { name: 'stale', wish, reason: 'expired' }
    if (code === 'power/stateChanged' || code === 'power/nonceMismatch')
      return { name: 'stale', wish, reason: 'changed' }
    return { name: 'refused', wish, code, details, view: null }
  }
  return state.name === 'checking' ? { name: 'refused', wish, code, details, view: null } : state
}

function fire(state: SheetState, now: number): SheetState {
  if (state.name !== 'ready' || state.view.nonce === null) return state
  if (now >= state.view.expiresAt) return { name: 'stale', wish: state.wish, reason: 'expired' }
  return { name: 'asking', wish: state.wish, nonce: state.view.nonce, askedAt: now }
}

function learn(state: SheetState, fate: NonceFate): SheetState {
  if (state.name !== 'doubt') return state
  const { wish, askedAt } = state
  if (fate.state === 'spent') return { name: 'running', wish, action: fate.action, wasLost: true }
  return { name: 'notHeard', wish, askedAt }
}
