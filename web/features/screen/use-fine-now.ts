import { onScopeDispose, ref, watch, type Ref } from 'vue'
import { useNow } from '../../ui/now.ts'

const tickMs = 250

/** The server's time in ms, ticking four times a second: full seconds are too coarse for what is due within three. */
export function useFineNow(): Readonly<Ref<number>> {
  const second = useNow()
  let at = performance.now()
  const now = ref(second.value)
  watch(
    second,
    (value) => {
      at = performance.now()
      now.value = value
    },
    { flush: 'sync' },
  )
  const timer = setInterval(() => (now.value = second.value + performance.now() - at), tickMs)
  onScopeDispose(() => clearInterval(timer))
  return now
}
