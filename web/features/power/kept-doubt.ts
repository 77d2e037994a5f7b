import type { SheetState } from './sheet-flow.ts'

type Doubt = Extract<SheetState, { name: 'doubt' }>

const keyOf = (deviceId: string): string => `crashcart.asked.${deviceId}`

/** Remembers a request whose answer has not come, for the case that the phone drops the page. */
export function keepDoubt(
  deviceId: string,
  { wish, nonce, askedAt }: Pick<Doubt, 'wish' | 'nonce' | 'askedAt'>,
): void {
  try {
    sessionStorage.setItem(keyOf(deviceId), JSON.stringify({ wish, nonce, askedAt }))
  } catch {
    // Storage may be full or forbidden: then only a reload in this moment loses the answer, never the action.
  }
}

/** What an earlier page asked and never heard about; null when there is nothing. */
export function keptDoubt(deviceId: string): Doubt | null {
  try {
    const kept = sessionStorage.getItem(keyOf(deviceId))
    return kept === null ? null : { name: 'doubt', ...(JSON.parse(kept) as Omit<Doubt, 'name'>) }
  } catch {
    // Not ours or not readable: as if nothing had been asked.
    return null
  }
}

export function forgetDoubt(deviceId: string): void {
  try {
    sessionStorage.removeItem(keyOf(deviceId))
  } catch {
    // A browser without storage has nothing to forget.
  }
}
