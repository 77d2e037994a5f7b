import { onActivated, onBeforeUnmount, onDeactivated, onMounted, onUpdated, type Ref } from 'vue'
import { useLiveStore } from '../../api/live-store.ts'

const settleMs = 300

/** Texts change each second, and rows do not come of it. */
const hasElement = ({ addedNodes, removedNodes }: MutationRecord): boolean =>
  [...addedNodes, ...removedNodes].some((node) => 'dataset' in node)

/**
 * Asks for the small pictures of the rows that can be seen: after the list has settled, again when it scrolls or
 * changes, and for none while another view is shown. Rows carry `data-device`.
 */
export function useVisibleThumbnails(list: Readonly<Ref<HTMLElement | null>>): void {
  const live = useLiveStore()
  const watched = new Map<Element, string>()
  const visible = new Set<Element>()
  let timer: ReturnType<typeof setTimeout> | undefined
  let isShown = false
  const seer = new IntersectionObserver(seen)
  /** Rows come and go without this view being drawn anew: a fold that opens draws only itself. */
  const changes = new MutationObserver((records) => {
    if (records.some(hasElement)) follow()
  })

  function seen(entries: IntersectionObserverEntry[]): void {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) visible.add(target)
      else visible.delete(target)
    }
    askSoon()
  }
  function askSoon(): void {
    clearTimeout(timer)
    timer = setTimeout(ask, settleMs)
  }
  function ask(): void {
    live.wantThumbnails(
      'triage',
      [...visible].flatMap((row) => watched.get(row) ?? []),
    )
  }
  /** Watches the rows that are there now; those that stayed are left alone. */
  function follow(): void {
    if (!isShown) return
    const rows = new Set(list.value?.querySelectorAll<HTMLElement>('[data-device]') ?? [])
    for (const row of watched.keys()) if (!rows.has(row as HTMLElement)) forget(row)
    for (const row of rows) {
      if (!watched.has(row)) seer.observe(row)
      watched.set(row, row.dataset['device'] ?? '')
    }
  }
  function forget(row: Element): void {
    seer.unobserve(row)
    watched.delete(row)
    // Of a row that is gone nobody tells that it is seen no more.
    if (visible.delete(row)) askSoon()
  }
  function enter(): void {
    isShown = true
    if (list.value) changes.observe(list.value, { childList: true, subtree: true })
    follow()
  }
  function leave(): void {
    isShown = false
    changes.disconnect()
    seer.disconnect()
    watched.clear()
    visible.clear()
    clearTimeout(timer)
    live.wantThumbnails('triage', [])
  }

  onMounted(enter)
  onActivated(enter)
  onUpdated(follow)
  onDeactivated(leave)
  onBeforeUnmount(leave)
}
