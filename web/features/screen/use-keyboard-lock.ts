import { onBeforeUnmount, onMounted, watch } from 'vue'

/** @see https://wicg.github.io/keyboard-lock/ (Chromium only) */
type KeyboardLock = { lock(): Promise<void>; unlock(): void }

function keyboardLock(): KeyboardLock | null {
  const { keyboard } = navigator as Navigator & { keyboard?: Partial<KeyboardLock> }
  return typeof keyboard?.lock === 'function' && typeof keyboard.unlock === 'function'
    ? (keyboard as KeyboardLock)
    : null
}

/**
 * In full screen, keys that the browser or the system would keep (Esc, Alt+Tab, the system key) go to the machine too,
 * while `isOn` says so; Esc held long leaves full screen. Elsewhere nothing changes. Call in setup.
 */
export function useKeyboardLock(isOn: () => boolean): void {
  const keyboard = keyboardLock()
  if (keyboard === null) return

  function follow(): void {
    const isWanted = isOn() && document.fullscreenElement !== null
    // Refused where a policy forbids it: then those keys stay with the browser, as without full screen.
    if (isWanted) keyboard?.lock().catch(() => undefined)
    else keyboard?.unlock()
  }

  watch(isOn, follow)
  onMounted(() => document.addEventListener('fullscreenchange', follow))
  onBeforeUnmount(() => {
    document.removeEventListener('fullscreenchange', follow)
    keyboard.unlock()
  })
}
