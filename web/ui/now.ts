import { inject, type InjectionKey, type Ref } from 'vue'

/** Server time in ms, ticking each second; provided once by main.ts. */
export const nowKey: InjectionKey<Readonly<Ref<number>>> = Symbol('now')

/** The same, ticking each full minute: for whatever is there in every row of a long list. */
export const minuteKey: InjectionKey<Readonly<Ref<number>>> = Symbol('minute')

/** The server's time now. Call in setup. */
export function useNow(): Readonly<Ref<number>> {
  return read(nowKey)
}

/** The server's time when this minute began. Call in setup. */
export function useMinute(): Readonly<Ref<number>> {
  return read(minuteKey)
}

function read(key: InjectionKey<Readonly<Ref<number>>>): Readonly<Ref<number>> {
  const clock = inject(key)
  if (!clock) throw new Error('the clock is read outside the page')
  return clock
}
