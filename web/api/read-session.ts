import type { SessionView } from '../../server/contract/access.ts'
import { describeForeign, isJson, type ForeignAnswer } from './foreign-answer.ts'

const timeoutMs = 15_000

/**
 * Asks who is looking: the answer of our server, or what answered instead. The one request of the first load, so it does
 * without the HTTP client, which comes with the routes that need it. Rejects when no answer came.
 */
export async function readSession(): Promise<{ view: SessionView } | { foreign: ForeignAnswer }> {
  // A redirect is never ours, and where it leads cannot be read.
  const response = await fetch('/api/session', {
    signal: AbortSignal.timeout(timeoutMs),
    redirect: 'manual',
  })
  if (!isJson(response)) return { foreign: describeForeign(response, await response.text()) }
  if (!response.ok) throw new Error(`The server answered ${response.status}.`)
  return { view: (await response.json()) as SessionView }
}
