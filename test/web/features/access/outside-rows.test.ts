import { describe, expect, it } from 'vitest'
import type { HostRow } from '../../../../server/contract/access.ts'
import { ApiError } from '../../../../web/api/api-error.ts'
import {
  groupsOf,
  isPrivateAddress,
  lastReached,
  nameProblem,
  newestOutside,
} from '../../../../web/features/access/outside-rows.ts'
import { en } from '../../../../web/features/access/outside-words.ts'

const row = (name: string, kind: HostRow['kind'], fields: Partial<HostRow> = {}): HostRow => ({
  name,
  kind,
  source: 'added',
  createdAt: 1,
  live: null,
  plain: null,
  ...fields,
})
const reachedAt = (at: number): Pick<HostRow, 'live'> => ({
  live: { at, by: 'kei', userAgent: '', address: '203.0.113.9' },
})

describe('the names under which Crashcart is reached', () => {
  const rows = [
    row('192.168.1.27', 'address'),
    row('fe80::1', 'address'),
    row('crash.example.org', 'outside', { createdAt: 5 }),
    row('rack.lan', 'home'),
    row('box.ts.net', 'outside', { createdAt: 9, ...reachedAt(3) }),
    row('old.example.org', 'outside', { createdAt: null, ...reachedAt(7) }),
  ]

  it('stand side by side by kind: from outside, at home, addresses that can be typed', () => {
    expect(groupsOf(rows).map(({ kind, rows: of }) => [kind, of.map(({ name }) => name)])).toEqual([
      ['outside', ['crash.example.org', 'box.ts.net', 'old.example.org']],
      ['home', ['rack.lan']],
      ['address', ['192.168.1.27']],
    ])
    expect(groupsOf([])).toEqual([])
  })

  it('tell the newest from outside, and the one that was reached last', () => {
    expect(newestOutside(rows)?.name).toBe('box.ts.net')
    expect(lastReached(rows)?.name).toBe('old.example.org')
    expect([newestOutside(rows.slice(0, 2)), lastReached(rows.slice(0, 4))]).toEqual([null, null])
  })
})

it.each([
  ['192.168.1.4', true],
  ['::ffff:10.0.0.4', true],
  ['fd7a:115c::1', true],
  ['172.15.0.1', false],
  ['203.0.113.9', false],
  ['2001:db8::9', false],
])('%s: a private address, from which a phone without Wi-Fi does not come: %s', (address, expected) => {
  expect(isPrivateAddress(address)).toBe(expected)
})

it('what is wrong with a name is said, with what was meant', () => {
  const failure = new ApiError('access/badName', '', { problem: 'port', instead: 'crash.example.org' })
  expect(nameProblem(failure, en)).toBe(en.problem.port('crash.example.org'))
  expect(nameProblem(new ApiError('access/forbidden', ''), en)).toBeNull()
})
