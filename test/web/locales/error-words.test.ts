import { describe, expect, it } from 'vitest'
import { createApp, ref } from 'vue'
import { ApiError } from '../../../web/api/api-error.ts'
import { useErrorSentence } from '../../../web/locales/error-words.ts'
import { languageKey, type Language } from '../../../web/locales/language.ts'

function sentenceIn(language: Language, ...error: ConstructorParameters<typeof ApiError>): string {
  const app = createApp({})
  app.provide(languageKey, ref(language))
  return app.runWithContext(() => useErrorSentence().value(new ApiError(...error)))
}

describe('sentences for refusals', () => {
  it('name the fields that are not valid, once each', () => {
    const fields = ['checks.0.address: Not a host', 'checks.1.address: Not a host', 'name: Too small']
    expect(sentenceIn('en', 'request/invalid', '', { fields })).toBe(
      'Not valid: address, name. Nothing was saved.',
    )
    expect(sentenceIn('ja', 'request/invalid', '', { fields })).toBe(
      '正しくない項目: アドレス、名前。保存していません。',
    )
  })

  it('stay general where the field has no name for people', () => {
    const general = 'Something in this form is not valid. Check the fields.'
    for (const details of [{}, { fields: 'x' }, { fields: ['body: Expected an object', 'rev: Too small'] }]) {
      expect(sentenceIn('en', 'request/invalid', '', details)).toBe(general)
    }
  })

  it('tell a full disk from a server that is not ready', () => {
    expect(sentenceIn('en', 'server/unavailable', '', { reason: 'diskFull' })).toContain('is full')
    expect(sentenceIn('ja', 'server/unavailable', '', { reason: 'diskFull' })).toContain('満杯')
    expect(sentenceIn('en', 'server/unavailable', '')).toContain('not ready')
  })
})
