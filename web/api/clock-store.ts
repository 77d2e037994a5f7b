import { defineStore } from 'pinia'
import { ref } from 'vue'

/** The server's time as the page estimates it, ticking on each full second. */
export const useClockStore = defineStore('clock', () => {
  const now = ref(Date.now())
  let offsetMs = 0

  function tick(): void {
    now.value = Date.now() + offsetMs
    setTimeout(tick, 1000 - (now.value % 1000))
  }

  /** `ms` to add to this device's clock. */
  function setOffset(ms: number): void {
    offsetMs = ms
    now.value = Date.now() + ms
  }

  tick()
  return { now, setOffset }
})
