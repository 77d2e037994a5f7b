import { onBeforeUnmount, watch, type Ref } from 'vue'

/**
 * Keeps the phone awake while `isWanted`. The browser drops the lock when the page is hidden, so it is asked for again
 * when it shows. A browser that has none or refuses (low battery) leaves the phone to its own timer.
 */
export function useWakeLock(isWanted: Readonly<Ref<boolean>>): void {
  let lock: WakeLockSentinel | null = null
  let isGone = false

  async function update(): Promise<void> {
    const isNeeded = isWanted.value && !isGone && document.visibilityState === 'visible'
    if (!isNeeded) {
      const held = lock
      lock = null
      await held?.release().catch(() => undefined)
      return
    }
    if (lock !== null && !lock.released) return
    try {
      lock = (await navigator.wakeLock?.request('screen')) ?? null
      if (isGone || !isWanted.value) await update()
    } catch {
      // Refused: the phone sleeps as usual; the action runs on the server.
    }
  }

  const onVisibility = (): void => void update()
  document.addEventListener('visibilitychange', onVisibility)
  watch(isWanted, () => void update(), { immediate: true })
  onBeforeUnmount(() => {
    isGone = true
    document.removeEventListener('visibilitychange', onVisibility)
    void update()
  })
}
