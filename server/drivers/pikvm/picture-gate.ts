import type { Unsubscribe } from '../driver.ts'

/** Whether pictures that come now are one machine's. */
export interface PictureGate {
  readonly isOpen: boolean
  /** Counts the times that it opened, so that what began before can be told from what begins now. */
  readonly turn: number
  /** Runs `start` now or when it opens, and the undo when it closes, until undone itself. */
  whileOpen(start: () => Unsubscribe): Unsubscribe
}

export type OpenablePictureGate = PictureGate & { set(isOpen: boolean): void }

/** A closed one. */
export function createPictureGate(): OpenablePictureGate {
  const holders = new Set<{ start: () => Unsubscribe; stop: Unsubscribe | null }>()
  let isOpen = false
  let turn = 0
  return {
    get isOpen() {
      return isOpen
    },
    get turn() {
      return turn
    },
    whileOpen(start) {
      const holder = { start, stop: isOpen ? start() : null }
      holders.add(holder)
      return () => {
        holders.delete(holder)
        holder.stop?.()
        holder.stop = null
      }
    },
    set(next) {
      if (next === isOpen) return
      isOpen = next
      if (isOpen) turn++
      for (const holder of holders) {
        holder.stop?.()
        holder.stop = isOpen ? holder.start() : null
      }
    },
  }
}
