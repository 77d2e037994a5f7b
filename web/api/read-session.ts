import type { SessionView } from '../../server/contract/access.ts'

const timeoutMs = 15_000

/**
 * Asks who is looking. The one request of the first load, so it does without the HTTP client, which comes with the
 * routes that need it. Rejects when no answer came or it was not one of ours.
 */
export async function readSession(): Promise<SessionView> {
  const response = await fetch('/api/session', { signal: AbortSignal.timeout(timeoutMs) })
  if (!response.ok) throw new Error(`The server answered ${response.status}.`)
  return (await response.json()) as SessionView
}
