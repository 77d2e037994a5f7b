import type { SessionView } from '../../server/contract/access.ts'

/** What a page is told of the person who is signed in on it. */
export function signedIn(role: 'admin' | 'operator' = 'admin'): SessionView {
  return {
    state: 'signedIn',
    serverTime: 0,
    user: { id: 'u', name: 'kei', role },
    sessionId: 's',
    offerPasskey: false,
    passphraseNeeded: false,
    ask: null,
  }
}
