import { onBeforeUnmount, onMounted, ref, type Ref } from 'vue'

export type VisibleArea = { top: number; height: number; isKeyboardOpen: boolean }
/** A phone keyboard takes at least this much; browser bars that come and go take less. */
const keyboardPx = 150

/** The part of the window that the phone's keyboard does not cover, in CSS pixels. Call in setup. */
export function useVisibleArea(): Readonly<Ref<VisibleArea>> {
  const area = ref(read())
  const update = (): void => {
    area.value = read()
  }
  const targets: (EventTarget | null)[] = [window, window.visualViewport]
  onMounted(() => {
    for (const target of targets) target?.addEventListener('resize', update)
    window.visualViewport?.addEventListener('scroll', update)
  })
  onBeforeUnmount(() => {
    for (const target of targets) target?.removeEventListener('resize', update)
    window.visualViewport?.removeEventListener('scroll', update)
  })
  return area
}

function read(): VisibleArea {
  const viewport = window.visualViewport
  // Zoomed by the browser itself (an accessibility aid), the window's own size is the one that matters.
  if (viewport === null || viewport.scale > 1.01)
    return { top: 0, height: window.innerHeight, isKeyboardOpen: false }
  const isKeyboardOpen = window.innerHeight - viewport.height > keyboardPx
  return { top: viewport.offsetTop, height: viewport.height, isKeyboardOpen }
}
