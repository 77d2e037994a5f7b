import { computed, type ComputedRef } from 'vue'
import type { Observed } from '../../server/contract/state.ts'
import { useCoreWords, useLanguage, type Language } from './language.ts'
import type { CoreWords } from './en.ts'

const secondMs = 1000
const minuteMs = 60 * secondMs
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs
/** Crashcart is not older than this. */
const earliest = Date.UTC(2026, 0, 1)
/** As far as clocks that agree may be apart. */
const skewMs = 2 * minuteMs

/** True for the time of something past that only a wrong clock can have given: before Crashcart was made, or to come. */
export function isImpossible(at: number, now: number): boolean {
  return at < earliest || isToCome(at, now)
}

/** True for a time that lies ahead by more than clocks that agree are apart. */
export function isToCome(at: number, now: number): boolean {
  return at > now + skewMs
}

/** Local 24-hour time; seconds within the hour, the date when it is another day. Times are ms since the epoch. */
export function formatClock(at: number, now: number, language: Language, timeZone?: string): string {
  const recent = Math.abs(now - at) < hourMs
  const time = formatOf(recent ? 'seconds' : 'minutes', language, timeZone).format(at)
  return formatDate(at, language, timeZone) === formatDate(now, language, timeZone)
    ? time
    : `${formatDate(at, language, timeZone)} ${time}`
}

/** The same, marked when it lies before Crashcart was made. */
export function clockText(
  at: number,
  now: number,
  language: Language,
  words: CoreWords['time'],
  timeZone?: string,
): string {
  const text = formatClock(at, now, language, timeZone)
  return at < earliest ? words.wrongClock(text) : text
}

/** Local 24-hour time to the second, "22:15:07". */
export function formatTime(at: number, language: Language, timeZone?: string): string {
  return formatOf('seconds', language, timeZone).format(at)
}

/** Day, month, year and time to the minute: for times that may be years away. */
export function formatMoment(at: number, language: Language, timeZone?: string): string {
  return formatOf('moment', language, timeZone).format(at)
}

/** Day and month, "9 Nov" or "11月9日". */
export function formatDate(at: number, language: Language, timeZone?: string): string {
  return formatOf('date', language, timeZone).format(at)
}

/** "12 s" up to a minute, then whole minutes, hours and days, rounded down. Negative ages count as 0. */
export function formatAge(ageMs: number, words: CoreWords['time']): string {
  const age = Math.max(0, ageMs)
  if (age < minuteMs) return words.seconds(Math.floor(age / secondMs))
  if (age < hourMs) return words.minutes(Math.floor(age / minuteMs))
  if (age < dayMs) return words.hours(Math.floor(age / hourMs), Math.floor((age % hourMs) / minuteMs))
  return words.days(Math.floor(age / dayMs))
}

/** A span as "3:52" (minutes and seconds) or "1:02:09". */
export function formatSpan(spanMs: number): string {
  const total = Math.max(0, Math.round(spanMs / secondMs))
  const [hours, minutes, seconds] = [Math.floor(total / 3600), Math.floor((total % 3600) / 60), total % 60]
  const tail = String(seconds).padStart(2, '0')
  return hours === 0 ? `${minutes}:${tail}` : `${hours}:${String(minutes).padStart(2, '0')}:${tail}`
}

export type Times = {
  /** Marked when only a wrong clock can have given it; times to come are fine. */
  clock(at: number, now: number): string
  /** Since when something is so, marked when nobody saw it begin. */
  begun(of: Pick<Observed<unknown>, 'since' | 'maybeLonger'>, now: number): string
  date(at: number): string
  time(at: number): string
  age(ageMs: number): string
}

/** The formats above in the page's language. Call in setup. */
export function useTimes(): ComputedRef<Times> {
  const language = useLanguage()
  const words = useCoreWords()
  const clock = (at: number, now: number): string => clockText(at, now, language.value, words.value.time)
  return computed(() => ({
    clock,
    begun: ({ since, maybeLonger }, now) =>
      maybeLonger ? words.value.time.orLonger(clock(since, now)) : clock(since, now),
    date: (at) => formatDate(at, language.value),
    time: (at) => formatTime(at, language.value),
    age: (ageMs) => formatAge(ageMs, words.value.time),
  }))
}

const shapes = {
  date: { day: 'numeric', month: 'short' },
  moment: {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  },
  minutes: { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  seconds: { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' },
} as const satisfies Record<string, Intl.DateTimeFormatOptions>
const formats = new Map<string, Intl.DateTimeFormat>()

/** Formats are kept: to make one takes a hundred times as long as to use it, and a long list uses many each second. */
function formatOf(
  shape: keyof typeof shapes,
  language: Language,
  timeZone: string | undefined,
): Intl.DateTimeFormat {
  const key = `${shape} ${language} ${timeZone ?? ''}`
  const kept = formats.get(key)
  if (kept) return kept
  const made = new Intl.DateTimeFormat(language === 'ja' ? 'ja-JP' : 'en-GB', {
    ...shapes[shape],
    ...(timeZone !== undefined && { timeZone }),
  })
  formats.set(key, made)
  return made
}
