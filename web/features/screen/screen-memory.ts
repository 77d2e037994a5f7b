import type { Layout } from '../../../server/contract/inventory.ts'
import type { InputMode } from './input-mode.ts'
import type { Size, ViewTransform } from './view-transform.ts'

/** A view and the stage it was seen on: the stage may have another size when the page is back. */
export type RememberedView = ViewTransform & { stage: Size }

/** What one tab remembers of a machine's screen, so that a reload, or a phone that threw the page away, changes nothing. */
export type ScreenMemory = {
  mode: InputMode
  /** Whether what is typed goes out at once instead of as a line. */
  isLive: boolean
  /** Chosen instead of the machine's own. */
  layout: Layout | null
  /** Null: the whole picture fits the stage. */
  view: RememberedView | null
  /** This page on the server while it had control; null when it had not. */
  viewerId: string | null
}

export const freshMemory: ScreenMemory = {
  mode: 'look',
  isLive: false,
  layout: null,
  view: null,
  viewerId: null,
}

const keyOf = (deviceId: string): string => `screen:${deviceId}`

export function recall(deviceId: string, storage: Pick<Storage, 'getItem'> = sessionStorage): ScreenMemory {
  try {
    const stored: unknown = JSON.parse(storage.getItem(keyOf(deviceId)) ?? 'null')
    return typeof stored === 'object' ? { ...freshMemory, ...stored } : freshMemory
  } catch {
    // No storage in this browser, or something else wrote there: the screen opens as new.
    return freshMemory
  }
}

export function remember(
  deviceId: string,
  change: Partial<ScreenMemory>,
  storage: Pick<Storage, 'getItem' | 'setItem'> = sessionStorage,
): void {
  try {
    storage.setItem(keyOf(deviceId), JSON.stringify({ ...recall(deviceId, storage), ...change }))
  } catch {
    // Full or forbidden: only a reload would have used it.
  }
}
