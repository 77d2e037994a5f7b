import { inject, type InjectionKey, type Ref } from 'vue'

/** Server time in ms, ticking each second; provided once by main.ts. */
export const nowKey: InjectionKey<Readonly<Ref<number>>> = Symbol('now')

/** The server's time now. Call in setup. */
export function useNow(): Readonly<Ref<number>> {
  const now = inject(nowKey)
  if (!now) throw new Error('the clock is read outside the page')
  return now
}
