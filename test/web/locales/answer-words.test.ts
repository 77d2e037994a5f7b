import { describe, expect, it } from 'vitest'
import type { AnswerTest } from '../../../server/contract/screen.ts'
import { answerText, en, ja } from '../../../web/locales/answer-words.ts'

const asked = (fields: Partial<AnswerTest> = {}): AnswerTest => ({
  verdict: 'answers',
  tookMs: 1_240,
  isCapsAsBefore: true,
  ...fields,
})

describe('the verdict of an answer test', () => {
  it('says how long it took, and nothing of seconds where it took none', () => {
    expect(answerText(asked(), en)).toBe('Kernel answers · after 1.2 s')
    expect(answerText(asked({ tookMs: 49 }), en)).toBe('Kernel answers · at once')
    expect(answerText(asked({ tookMs: 0 }), ja)).toBe('カーネル応答あり · すぐに')
    expect(answerText(asked({ tookMs: 60 }), ja)).toBe('カーネル応答あり · 0.1秒後')
  })

  it('says no time where nothing was asked', () => {
    expect(answerText(asked({ verdict: 'busy', tookMs: 0, isCapsAsBefore: false }), en)).toBe(
      'Someone is typing now. Not asked to the end · Caps Lock may be different now',
    )
  })
})
