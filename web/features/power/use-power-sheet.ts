import { onBeforeUnmount, shallowRef, watch, type Ref, type ShallowRef } from 'vue'
import type { BootAim } from '../../../server/contract/boot-keys.ts'
import type { Action, NonceFate, NonceView } from '../../../server/contract/power.ts'
import { isApiError } from '../../api/api-error.ts'
import { api } from '../../api/http.ts'
import { forgetDoubt, keepDoubt, keptDoubt } from './kept-doubt.ts'
import { advanceSheet, type SheetInput, type SheetState, type Wish } from './sheet-flow.ts'

const askWithinMs = 12_000
const fateWithinMs = 8_000
const fateAgainMs = 2_000

export type PowerSheetFlow = {
  state: Readonly<ShallowRef<SheetState>>
  /** Looks again, for this or another wish. */
  check(wish: Wish): void
  /** Spends the nonce. Sends nothing while there is no link: a request must never wait for one. */
  fire(confirmName: string | null): void
  watchAction(action: Action): void
  /** Keys to be pressed afterwards; null: none. */
  aim(aim: BootAim | null): void
}

/**
 * Requests of the power sheet of one machine. `running`: an action of it that is under way is shown at once. `isLive`:
 * the link to the server stands; `now`: server time.
 */
export function usePowerSheet(options: {
  deviceId: string
  running: Action | undefined
  /** What to look for first; a hard reboot by the best path where that is not said. */
  first?: Wish | undefined
  isLive: Readonly<Ref<boolean>>
  now: Readonly<Ref<number>>
}): PowerSheetFlow {
  const { deviceId, running, isLive, now, first = { verb: 'reset', pathId: null } } = options
  const kept = keptDoubt(deviceId)
  const state = shallowRef<SheetState>(kept ?? { name: 'checking', wish: first })
  const gone = new AbortController()
  let asked = 0

  function take(input: SheetInput): void {
    const before = state.value
    state.value = advanceSheet(before, input)
    const after = state.value
    if (after === before) return
    // From the hold on: if the phone drops this page, the next one asks what became of it.
    if (after.name === 'asking' || after.name === 'doubt') keepDoubt(deviceId, after)
    else if (before.name === 'asking' || before.name === 'doubt') forgetDoubt(deviceId)
    if (after.name === 'checking') void fetchNonce(after.wish)
    if (after.name === 'doubt') void learnFate(after.nonce)
  }

  async function fetchNonce(wish: Wish): Promise<void> {
    const mine = ++asked
    try {
      const { catching: _keys, isTry: _try, ...looked } = wish
      const body = isHardReboot(wish) ? { verb: 'reboot', pathId: wish.pathId } : looked
      const view = await api<NonceView>('post', `devices/${deviceId}/power/nonce`, { body })
      if (mine === asked) take({ type: 'checked', view })
    } catch (error) {
      if (mine === asked) takeFailure(error)
    }
  }

  function takeFailure(error: unknown): void {
    if (!isApiError(error)) throw error
    take({ type: 'failed', code: error.code, details: error.details })
  }

  async function ask(
    nonce: string,
    wish: Wish,
    pathId: string | null,
    confirmName: string | null,
  ): Promise<void> {
    const body = { ...wish, nonce, pathId, ...(confirmName !== null && { confirmName }) }
    try {
      const path = `devices/${deviceId}/power/actions`
      const action = await api<Action>('post', path, { body, timeoutMs: askWithinMs })
      take({ type: 'accepted', action })
    } catch (error) {
      takeFailure(error)
    }
  }

  /** Withdraws the nonce and learns what became of it, as soon as there is a link; asks until it knows. */
  async function learnFate(nonce: string): Promise<void> {
    while (!gone.signal.aborted && state.value.name === 'doubt' && state.value.nonce === nonce) {
      if (isLive.value) {
        try {
          const path = `power/nonces/${nonce}/withdraw`
          const fate = await api<NonceFate>('post', path, { timeoutMs: fateWithinMs })
          return take({ type: 'fate', fate })
        } catch (error) {
          // No answer yet: the doubt stays, and it is asked again.
          if (!isApiError(error)) throw error
        }
      }
      await new Promise((resolve) => setTimeout(resolve, fateAgainMs))
    }
  }

  function fire(confirmName: string | null): void {
    const before = state.value
    if (!isLive.value || before.name !== 'ready') return
    take({ type: 'fire', now: now.value })
    const after = state.value
    if (after.name !== 'asking') return
    void ask(after.nonce, after.wish, before.view.path?.id ?? null, confirmName)
  }

  watch(now, (time) => take({ type: 'tick', now: time }))
  onBeforeUnmount(() => gone.abort())
  if (state.value.name === 'doubt') void learnFate(state.value.nonce)
  else if (running !== undefined) take({ type: 'watch', action: running })
  else void fetchNonce(state.value.wish)

  return {
    state,
    check: (wish) => take({ type: 'check', wish }),
    fire,
    watchAction: (action) => take({ type: 'watch', action }),
    aim: (aim) => take({ type: 'aim', aim }),
  }
}

/** A reset over whichever path is meant as a hard reboot: the best path may do that in another way. So is each try. */
function isHardReboot({ verb, pathId, isTry }: Wish): boolean {
  return isTry === true || (verb === 'reset' && pathId === null)
}
