import { onBeforeUnmount, onMounted, ref } from 'vue'

/** Not in every library of types yet. */
type Lockable = { lock?: (orientation: 'landscape') => Promise<void> }

/**
 * The page's element over the whole display, turned to landscape where the device can; leaving turns it back. An iPhone
 * has neither: `isPossible` is false.
 */
export function useFullScreen(element: () => HTMLElement | null) {
  const isOn = ref(false)
  const isPossible = document.fullscreenEnabled === true

  async function toggle(): Promise<void> {
    try {
      if (isOn.value) return await document.exitFullscreen()
      await element()?.requestFullscreen({ navigationUI: 'hide' })
      await (screen.orientation as Lockable | undefined)?.lock?.('landscape')
    } catch {
      // A laptop does not turn, and a browser may refuse either: the page stays as it is.
    }
  }
  const changed = (): void => {
    isOn.value = document.fullscreenElement !== null
  }
  onMounted(() => document.addEventListener('fullscreenchange', changed))
  onBeforeUnmount(() => {
    document.removeEventListener('fullscreenchange', changed)
    // Gone already, or never there.
    if (document.fullscreenElement !== null) void document.exitFullscreen().catch(() => undefined)
  })
  return { isOn, isPossible, toggle }
}
