import type { HostRow, NameProblem } from '../../../server/contract/access.ts'
import { isApiError } from '../../api/api-error.ts'
import type { OutsideWords } from './outside-words.ts'

const order = ['outside', 'home', 'address'] as const

/** What a person can type into an address bar, by kind; link-local addresses cannot. */
export function groupsOf(rows: readonly HostRow[]): { kind: HostRow['kind']; rows: HostRow[] }[] {
  const typed = rows.filter(({ name }) => !/^(?:fe80:|169\.254\.)/.test(name))
  return order
    .map((kind) => ({ kind, rows: typed.filter((row) => row.kind === kind) }))
    .filter((group) => group.rows.length > 0)
}

/** The name from outside that was entered last. */
export function newestOutside(rows: readonly HostRow[]): HostRow | null {
  const outside = rows.filter(({ kind }) => kind === 'outside')
  return outside.toSorted((a, b) => (b.createdAt ?? 0) - (a.createdAt ?? 0))[0] ?? null
}

/** The name from outside that was reached last, over a websocket; null: none ever was. */
export function lastReached(rows: readonly HostRow[]): HostRow | null {
  const reached = rows.filter(({ kind, live }) => kind === 'outside' && live !== null)
  return reached.toSorted((a, b) => (b.live?.at ?? 0) - (a.live?.at ?? 0))[0] ?? null
}

/** True for an address that no phone has on the road, unless a VPN gave it. */
export function isPrivateAddress(address: string): boolean {
  return /^(?:10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|127\.|169\.254\.|f[cd][0-9a-f]{2}:|fe80:|::1$)/i.test(
    address.replace(/^::ffff:/i, ''),
  )
}

/** What is wrong with a name, and what to enter; null when the failure is another one. */
export function nameProblem(failure: unknown, words: OutsideWords): string | null {
  if (!isApiError(failure) || failure.code !== 'access/badName') return null
  const { problem, instead } = failure.details as { problem: NameProblem; instead: string | null }
  // Where nothing can be guessed from what was typed.
  return words.problem[problem](instead ?? 'crash.example.org')
}
