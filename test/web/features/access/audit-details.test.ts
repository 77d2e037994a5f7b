import { describe, expect, it } from 'vitest'
import { en, ja } from '../../../../web/features/access/audit-detail-words.ts'
import { detailParts } from '../../../../web/features/access/audit-details.ts'

describe('details of the record', () => {
  it('are in words, in both languages', () => {
    const signIn = { how: 'recoveryCode', trusted: true, address: '127.0.0.1', userAgent: 'curl/8.0' }
    expect(detailParts(signIn, en)).toEqual([
      'by: recovery code',
      'trusted',
      'address: 127.0.0.1',
      'curl/8.0',
    ])
    expect(detailParts(signIn, ja)).toEqual([
      '方法: 復旧コード',
      '信頼済み',
      'アドレス: 127.0.0.1',
      'curl/8.0',
    ])
  })

  it('leave out what only programs read, and what says nothing', () => {
    const link = { linkId: '01K', level: 'look', minutes: 120, newMachine: null, wiped: [], isTry: false }
    expect(detailParts(link, en)).toEqual(['may: look', 'minutes: 120'])
  })

  it('that nobody knows come last, as they were written down', () => {
    expect(detailParts({ later: { a: 1 }, changed: ['name', 'port'] }, en)).toEqual([
      'changed: name, port',
      'later {"a":1}',
    ])
  })

  it('have the same words in both languages', () => {
    expect(Object.keys(ja.keys)).toEqual(Object.keys(en.keys))
    expect(Object.keys(ja.values)).toEqual(Object.keys(en.values))
  })
})
