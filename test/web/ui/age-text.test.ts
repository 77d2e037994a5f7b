import { describe, expect, it, vi } from 'vitest'
import { createApp, ref } from 'vue'
import { coreWordsIn, coreWordsKey, languageKey } from '../../../web/locales/language.ts'
import { minuteKey, nowKey } from '../../../web/ui/now.ts'
import { useAgeText, type AgeForm } from '../../../web/ui/use-age-text.ts'

const minuteMs = 60_000
const at = Date.UTC(2026, 10, 9, 12, 15, 0)
const en = coreWordsIn('en')

/** The text on a page whose clock stands at `atFirst` and is moved by `pass`. */
function textAt(atFirst: number, as: AgeForm, words = en) {
  const now = ref(0)
  const minute = ref(0)
  function pass(ms: number): void {
    now.value += ms
    minute.value = now.value - (now.value % minuteMs)
  }
  pass(atFirst)
  const app = createApp({})
  app.provide(languageKey, ref('en')).provide(coreWordsKey, ref(words))
  app.provide(nowKey, now).provide(minuteKey, minute)
  return { text: app.runWithContext(() => useAgeText({ at, as })), pass }
}

describe('the age of something', () => {
  it('as a time of day is made anew each minute, not each second: a list has two hundred of them', () => {
    const since = vi.fn(en.time.since)
    const { text, pass } = textAt(at + 10 * minuteMs, 'since', { ...en, time: { ...en.time, since } })
    const countOf = (): number => {
      since.mockClear()
      expect(text.value).toMatch(/^since \d\d:\d\d:00$/)
      return since.mock.calls.length
    }
    expect(countOf()).toBe(1)
    for (let second = 1; second < 60; second++) {
      pass(1000)
      expect(countOf()).toBe(0)
    }
    pass(1000)
    expect(countOf()).toBe(1)
  })

  it('as a time of day loses its seconds after an hour and gets its day on another', () => {
    const { text, pass } = textAt(at, 'since')
    expect(text.value).toMatch(/^since \d\d:\d\d:00$/)
    pass(61 * minuteMs)
    expect(text.value).toMatch(/^since (\d+ \w+ )?\d\d:\d\d$/)
    pass(48 * 60 * minuteMs)
    expect(text.value).toMatch(/^since \d+ Nov \d\d:\d\d$/)
  })

  it('ticks each second as an age', () => {
    const { text, pass } = textAt(at + 3000, 'ago')
    expect(text.value).toBe('3 s ago')
    pass(1000)
    expect(text.value).toBe('4 s ago')
  })

  it('is marked where it lies ahead of now, not of the minute that began before', () => {
    const { text, pass } = textAt(at - 121_000, 'since')
    expect(text.value).toContain('wrong clock')
    pass(2000)
    expect(text.value).not.toContain('wrong clock')
  })
})
