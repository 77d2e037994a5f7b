import { onActivated, onBeforeUnmount, onDeactivated, onMounted, watch, type Ref } from 'vue'
import { useLiveStore } from '../../api/live-store.ts'

const settleMs = 300

/**
 * Asks for the small pictures of the rows that can be seen: after the list has settled, again when it scrolls or
 * changes, and for none while another view is shown. Rows carry `data-device`.
 */
export function useVisibleThumbnails(
  list: Readonly<Ref<HTMLElement | null>>,
  rows: Readonly<Ref<unknown>>,
): void {
  const live = useLiveStore()
  const visible = new Set<string>()
  let timer: ReturnType<typeof setTimeout> | undefined
  const observer = new IntersectionObserver(seen)

  function seen(entries: IntersectionObserverEntry[]): void {
    for (const { target, isIntersecting } of entries) {
      const id = target instanceof HTMLElement ? target.dataset.device : undefined
      if (id === undefined) continue
      if (isIntersecting) visible.add(id)
      else visible.delete(id)
    }
    clearTimeout(timer)
    timer = setTimeout(() => live.wantThumbnails('triage', [...visible]), settleMs)
  }
  function observe(): void {
    stop()
    for (const row of list.value?.querySelectorAll('[data-device]') ?? []) observer.observe(row)
  }
  function stop(): void {
    observer.disconnect()
    visible.clear()
  }
  function leave(): void {
    stop()
    clearTimeout(timer)
    live.wantThumbnails('triage', [])
  }

  onMounted(observe)
  onActivated(observe)
  onDeactivated(leave)
  onBeforeUnmount(leave)
  watch(rows, observe, { flush: 'post' })
}
