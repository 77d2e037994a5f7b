import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createAudit } from '../../server/access/audit.ts'
import type { AuditService } from '../../server/access/audit.ts'
import { cleanLine } from '../../server/clean-text.ts'
import { openStore } from '../../server/store/store.ts'
import type { Store } from '../../server/store/store.ts'

let store: Store
let audit: AuditService

beforeEach(async () => {
  store = await openStore(':memory:', true)
  audit = createAudit(store, () => 1000)
})
afterEach(() => store.close())

const hostile = 'eve\r\n2026-01-01 root signed in\u001b[2J\u001b]0;title\u0007\u2028\u202eevil\u0000'

describe('an audit line', () => {
  it('stays one clean line, whatever is in names and details', async () => {
    await audit.record({ userId: 'u1', name: hostile }, 'session.refused', {
      detail: { name: hostile, deep: { list: [hostile] }, [hostile]: 1 },
    })
    const [row] = await audit.list(1, null, null)
    // oxlint-disable-next-line no-control-regex
    const controls = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e]/
    expect(row?.actorName).not.toMatch(controls)
    for (const text of [...Object.keys(row?.detail ?? {}), row?.detail['name']])
      expect(text).not.toMatch(controls)
    expect(JSON.stringify(row?.detail)).not.toMatch(/\\[rnu]/)
    expect((await store.audit.verify()).brokenAt).toBeNull()
  })

  it('is bounded in size and depth', async () => {
    let deep: unknown = 'end'
    for (let level = 0; level < 100; level++) deep = { deep }
    const many = Object.fromEntries(
      Array.from({ length: 1000 }, (_, index) => [`k${index}`, 'x'.repeat(10_000)]),
    )
    await audit.record(null, 'test', {
      detail: { deep, many, list: Array.from({ length: 1000 }, () => 'x') },
    })
    const [row] = await audit.list(1, null, null)
    expect(JSON.stringify(row).length).toBeLessThan(60_000)
  })

  it('keeps half of a surrogate pair and odd numbers from breaking the chain', async () => {
    await audit.record(null, 'test', {
      detail: { a: '\ud83d', b: Number.NaN, c: undefined, d: 10n, e: 'é\ud83d\ude00' },
    })
    expect((await store.audit.verify()).brokenAt).toBeNull()
  })
})

describe('the record', () => {
  it('can only grow', async () => {
    await audit.record(null, 'one', { deviceId: 'd1' })
    await audit.record(null, 'two', { deviceId: 'd2' })
    const rows = await audit.list(10, null, null)
    expect(rows.map(({ seq, event }) => [seq, event])).toEqual([
      [2, 'two'],
      [1, 'one'],
    ])
    expect((await audit.list(10, 2, null)).map(({ event }) => event)).toEqual(['one'])
    expect((await audit.list(10, null, 'd2')).map(({ event }) => event)).toEqual(['two'])
  })
})

describe('a line from outside', () => {
  it.each([
    ['plain', 'plain'],
    ['日本語 é', '日本語 é'],
    ['a\tb', 'a·b'],
    ['a\u0085b', 'a·b'],
    ['abcdefghijk', 'abcdefghi…'],
  ])('%j becomes %j', (text, expected) => {
    expect(cleanLine(text, 10)).toBe(expected)
  })
})
