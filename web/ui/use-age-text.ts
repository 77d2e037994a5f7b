import { computed, type ComputedRef } from 'vue'
import { useCoreWords } from '../locales/language.ts'
import { isImpossible, isToCome, useTimes } from '../locales/times.ts'
import { useMinute, useNow } from './now.ts'

export type AgeForm = 'age' | 'ago' | 'asOf' | 'since' | 'sinceOrLonger' | 'clock'

/**
 * How old something is, as text that ticks each second to 60, then each minute; as a time of day it is made anew each
 * minute only, because a long list has hundreds of them. `at` in ms, server clock. Call in setup.
 */
export function useAgeText(props: Readonly<{ at: number; as: AgeForm }>): ComputedRef<string> {
  const words = useCoreWords()
  const times = useTimes()
  const now = useNow()
  const minute = useMinute()

  function age(): string {
    // While the server's clock is wrong its ages are right all the same.
    const isKnown = !isImpossible(props.at, now.value) || isImpossible(now.value, now.value)
    if (!isKnown) return words.value.time.wrongClock('?')
    const text = times.value.age(now.value - props.at)
    return props.as === 'age' ? text : words.value.time.ago(text)
  }
  function timeOfDay(as: Exclude<AgeForm, 'age' | 'ago'>): string {
    const plain = times.value.clock(props.at, minute.value)
    // What has been cannot be to come. The second is asked only where the minute is in doubt.
    const isAhead = isToCome(props.at, minute.value) && isToCome(props.at, now.value)
    const clock = isAhead ? words.value.time.wrongClock(plain) : plain
    if (as === 'clock') return clock
    const { asOf, since, orLonger } = words.value.time
    if (as === 'asOf') return asOf(clock)
    return since(as === 'sinceOrLonger' ? orLonger(clock) : clock)
  }
  return computed(() => (props.as === 'age' || props.as === 'ago' ? age() : timeOfDay(props.as)))
}
