import { onScopeDispose, ref, shallowRef, watch, type Ref } from 'vue'

/** A place in the list: which machine, whether it lies behind the fold, and under which machine it folds. */
export type Slot = { deviceId: string; isFolded: boolean; under: string | null }

const quietMs = 2_000

/** What may be shown now without moving a row: the shown order without what is gone, new ones after the others. */
export function keepOrder(shown: readonly Slot[], wanted: readonly Slot[]): Slot[] {
  const existing = new Set(wanted.map((slot) => slot.deviceId))
  const kept = shown.filter((slot) => existing.has(slot.deviceId))
  const known = new Set(kept.map((slot) => slot.deviceId))
  return [...kept, ...wanted.filter((slot) => !known.has(slot.deviceId))]
}

/** True when both lists put the same machines in the same places. */
export function isSameOrder(a: readonly Slot[], b: readonly Slot[]): boolean {
  return a.length === b.length && a.every((slot, index) => isSameSlot(slot, b[index]))
}

function isSameSlot(a: Slot, b: Slot | undefined): boolean {
  return a.deviceId === b?.deviceId && a.isFolded === b.isFolded && a.under === b.under
}

/**
 * Rows never move under a finger: a new order waits until nothing was touched for 2 s, counted from the change too.
 * `isChanged` stays set while it waits, and afterwards while the top of the list is out of sight.
 */
export function useHeldOrder(wanted: Readonly<Ref<readonly Slot[]>>): {
  shown: Readonly<Ref<readonly Slot[]>>
  isChanged: Readonly<Ref<boolean>>
  /** Shows the new order now, because the person asked for it. */
  accept(): void
} {
  const shown = shallowRef<readonly Slot[]>(wanted.value)
  const isChanged = ref(false)
  let timer: ReturnType<typeof setTimeout> | undefined

  function apply(): void {
    clearTimeout(timer)
    timer = undefined
    shown.value = wanted.value
    if (window.scrollY < 48) isChanged.value = false
  }
  function accept(): void {
    apply()
    isChanged.value = false
  }
  function wait(): void {
    clearTimeout(timer)
    timer = setTimeout(apply, quietMs)
  }
  function touched(): void {
    if (timer !== undefined) wait()
    if (window.scrollY < 48 && timer === undefined) isChanged.value = false
  }
  watch(wanted, (next) => {
    if (shown.value.length === 0) return apply()
    const kept = keepOrder(shown.value, next)
    shown.value = kept
    if (isSameOrder(kept, next)) {
      clearTimeout(timer)
      timer = undefined
      return
    }
    isChanged.value = true
    if (timer === undefined) wait()
  })

  for (const name of touchEvents) window.addEventListener(name, touched, { passive: true })
  onScopeDispose(() => {
    clearTimeout(timer)
    for (const name of touchEvents) window.removeEventListener(name, touched)
  })
  return { shown, isChanged, accept }
}

const touchEvents = ['pointerdown', 'pointerup', 'touchmove', 'scroll', 'wheel'] as const
