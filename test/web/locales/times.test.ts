import { describe, expect, it } from 'vitest'
import { en } from '../../../web/locales/en.ts'
import { ja } from '../../../web/locales/ja.ts'
import {
  clockText,
  formatAge,
  formatClock,
  formatDate,
  formatMoment,
  formatSpan,
  formatTime,
  isImpossible,
} from '../../../web/locales/times.ts'

const zone = 'Asia/Tokyo'
const at = Date.UTC(2025, 10, 9, 13, 15, 7) // 22:15:07 in Tokyo
const minute = 60_000
const hour = 60 * minute

describe('clock times', () => {
  it('have seconds within the hour and none later', () => {
    expect(formatClock(at, at + 59 * minute, 'en', zone)).toBe('22:15:07')
    expect(formatClock(at, at + hour, 'en', zone)).toBe('22:15')
    expect(formatClock(at, at + hour, 'ja', zone)).toBe('22:15')
  })

  it('are to the second in a list of times', () => {
    expect(formatTime(at, 'en', zone)).toBe('22:15:07')
    expect(formatTime(at, 'ja', zone)).toBe('22:15:07')
  })

  it('are in 24 hours, also at midnight', () => {
    const midnight = Date.UTC(2025, 10, 8, 15, 0, 0)
    expect(formatClock(midnight, midnight + 2 * hour, 'en', zone)).toBe('00:00')
    expect(formatClock(midnight, midnight + 2 * hour, 'ja', zone)).toBe('00:00')
  })

  it('name the day when it is another one', () => {
    expect(formatClock(at, at + 10 * hour, 'en', zone)).toBe('9 Nov 22:15')
    expect(formatClock(at, at + 10 * hour, 'ja', zone)).toBe('11月9日 22:15')
    expect(formatDate(at, 'en', zone)).toBe('9 Nov')
  })

  it('treat a time slightly ahead of ours as now', () => {
    expect(formatClock(at, at - 500, 'en', zone)).toBe('22:15:07')
  })
})

describe('times that only a wrong clock can have given', () => {
  const now = Date.UTC(2026, 10, 9)

  it('lie before Crashcart was made, or in the future by more than clocks differ', () => {
    const impossible = [0, Date.UTC(2025, 11, 31), now + 3 * minute].map((time) => isImpossible(time, now))
    expect(impossible).toEqual([true, true, true])
    const possible = [Date.UTC(2026, 0, 1), now - hour, now, now + minute].map((time) =>
      isImpossible(time, now),
    )
    expect(possible).toEqual([false, false, false, false])
  })

  it('are marked in the text, and what ends in the future is not', () => {
    const now = at + 365 * 24 * hour
    expect(clockText(0, now, 'en', en.time, zone)).toBe('1 Jan 09:00 (wrong clock)')
    expect(clockText(now + 2 * hour, now, 'en', en.time, zone)).toBe('10 Nov 00:15')
  })

  it('can be written with their year', () => {
    expect(formatMoment(0, 'en', zone)).toBe('1 Jan 1970, 09:00')
    expect(formatMoment(0, 'ja', zone)).toBe('1970年1月1日 09:00')
  })
})

describe('ages', () => {
  it.each([
    [-5000, '0 s', '0秒'],
    [0, '0 s', '0秒'],
    [12_900, '12 s', '12秒'],
    [59_999, '59 s', '59秒'],
    [60_000, '1 min', '1分'],
    [59 * minute + 59_999, '59 min', '59分'],
    [hour, '1 h', '1時間'],
    [hour + 5 * minute, '1 h 5 min', '1時間5分'],
    [24 * hour, '1 day', '1日'],
    [49 * hour, '2 days', '2日'],
  ])('%i ms is "%s" and "%s"', (age, english, japanese) => {
    expect(formatAge(age, en.time)).toBe(english)
    expect(formatAge(age, ja.time)).toBe(japanese)
  })
})

describe('spans', () => {
  it('are minutes and seconds, with hours when there are any', () => {
    expect(formatSpan(232_000)).toBe('3:52')
    expect(formatSpan(9_000)).toBe('0:09')
    expect(formatSpan(3_729_000)).toBe('1:02:09')
    expect(formatSpan(-1)).toBe('0:00')
  })
})
