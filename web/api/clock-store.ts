import { defineStore } from 'pinia'
import { ref } from 'vue'

const minuteMs = 60_000

/** The server's time as the page estimates it, ticking on each full second. `minute`: when the running one began. */
export const useClockStore = defineStore('clock', () => {
  const now = ref(0)
  const minute = ref(0)
  let offsetMs = 0

  function read(): void {
    now.value = Date.now() + offsetMs
    minute.value = now.value - (now.value % minuteMs)
  }
  function tick(): void {
    read()
    setTimeout(tick, 1000 - (now.value % 1000))
  }

  /** `ms` to add to this device's clock. */
  function setOffset(ms: number): void {
    offsetMs = ms
    read()
  }

  tick()
  return { now, minute, setOffset }
})
