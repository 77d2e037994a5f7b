import { computed, onMounted, onUnmounted, type ComputedRef } from 'vue'
import type { HostRow } from '../../../server/contract/access.ts'
import { useCoreWords } from '../../locales/language.ts'
import { useTimes } from '../../locales/times.ts'
import { useNow } from '../../ui/now.ts'
import { accessApi } from './access-api.ts'
import { lastReached, newestOutside } from './outside-rows.ts'
import { useList } from './use-list.ts'

const askEveryMs = 2000

/** All names and addresses, asked for again while a phone is awaited under the newest name from outside. */
export function useOutside() {
  const { rows, failure, load } = useList<HostRow>(accessApi.addresses)
  const newest = computed(() => newestOutside(rows.value ?? []))
  const isWaiting = computed(() => newest.value !== null && newest.value.live === null)
  let timer = 0

  onMounted(() => {
    timer = window.setInterval(() => {
      if (isWaiting.value && document.visibilityState === 'visible') void load()
    }, askEveryMs)
  })
  onUnmounted(() => clearInterval(timer))

  return { rows, failure, load, newest, reached: computed(() => lastReached(rows.value ?? [])) }
}

/** How long ago something was, as a part of a sentence. Call in setup. */
export function useAgo(): ComputedRef<(at: number) => string> {
  const core = useCoreWords()
  const times = useTimes()
  const now = useNow()
  return computed(() => (at) => core.value.time.ago(times.value.age(now.value - at)))
}
