const key = 'crashcart.wasGuest'

/** Was it a guest who was in with this browser last? Tells one who comes back too late why nothing opens any more. */
export function wasGuest(): boolean {
  try {
    return localStorage.getItem(key) === '1'
  } catch {
    // Without storage nobody knows.
    return false
  }
}

/** Remembers who is in now: a guest, or somebody with an account. */
export function markGuest(isGuest: boolean): void {
  try {
    if (isGuest) localStorage.setItem(key, '1')
    else localStorage.removeItem(key)
  } catch {
    // As above.
  }
}
