import { onBeforeUnmount, onMounted, ref, shallowRef, watch } from 'vue'
import type { HistoryEntry } from '../../../server/contract/history.ts'
import { historyApi } from '../../api/history-api.ts'
import { useLiveStore } from '../../api/live-store.ts'
import { useRequest } from '../../api/use-request.ts'
import { withNewest } from './history-days.ts'

/** News of a machine are fetched this long after the first of them: they come in groups. */
const gatherMs = 1000

/** A machine's history while it is shown: the newest page, kept fresh, and older ones on request. Call in setup. */
export function useHistory(deviceId: string) {
  const live = useLiveStore()
  const { isBusy, failure, run } = useRequest()
  const entries = shallowRef<readonly HistoryEntry[] | null>(null)
  /** Where the next page begins; null when all is there. */
  const before = ref<number | null>(null)
  let timer: ReturnType<typeof setTimeout> | undefined

  const refresh = (): Promise<boolean> =>
    run(async () => {
      const page = await historyApi.page(deviceId, null)
      const isFirst = entries.value === null
      entries.value = withNewest(page.entries, page.before, entries.value ?? [])
      if (isFirst) before.value = page.before
    })
  const more = (): Promise<boolean> =>
    run(async () => {
      const page = await historyApi.page(deviceId, before.value)
      entries.value = [...(entries.value ?? []), ...page.entries]
      before.value = page.before
    })
  function refreshSoon(): void {
    clearTimeout(timer)
    timer = setTimeout(() => void refresh(), gatherMs)
  }

  onMounted(() => void refresh())
  onBeforeUnmount(() => clearTimeout(timer))
  watch(() => news(live, deviceId), refreshSoon)
  return { entries, before, isBusy, failure, refresh, more }
}

/** Another text whenever something may have joined the history. */
function news(live: ReturnType<typeof useLiveStore>, deviceId: string): string {
  const state = live.states.get(deviceId)
  const checks = state?.checks.map(({ result }) => result.value) ?? []
  const phases = live.actionsOf(deviceId).map(({ id, phase, effect, back }) => [id, phase, effect, back])
  const { health, cause, power, net, kvm, bmc, pictureAt } = state ?? {}
  const links = [
    power?.value,
    kvm?.reachable.value,
    kvm?.signal.value?.present,
    bmc?.reachable.value,
    net?.ping.value,
    net?.lan?.value,
  ]
  return JSON.stringify([health, cause, links, checks, phases, pictureAt, live.isLive])
}
