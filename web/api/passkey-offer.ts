const key = 'crashcart.passkeyLater'

/** True when the person put the offer of a passkey off at this address. */
export function isPasskeyOfferDismissed(): boolean {
  try {
    return localStorage.getItem(key) === '1'
  } catch {
    // Without storage it is offered each time.
    return false
  }
}

/** Does not offer it again in this browser; it stays under More. */
export function dismissPasskeyOffer(): void {
  try {
    localStorage.setItem(key, '1')
  } catch {
    // As above.
  }
}
