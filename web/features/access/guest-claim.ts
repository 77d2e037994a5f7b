const key = 'crashcart.guest'
/** Enough to know the link again, too little to use it. */
const headLength = 8

/** This browser's secret for the newest link that it tried to join by: when the answer was lost, it may join again. */
type Claim = { link: string; claim: string }

/** Whether somebody tried to join by this link here. */
export function hasClaimFor(token: string): boolean {
  return read()?.link === token.slice(0, headLength)
}

/** The secret for this link; made and kept before it is sent. */
export function claimFor(token: string): string {
  const link = token.slice(0, headLength)
  const kept = read()
  if (kept?.link === link) return kept.claim
  const claim = randomToken()
  try {
    localStorage.setItem(key, JSON.stringify({ link, claim } satisfies Claim))
  } catch {
    // Without storage a lost answer needs a new link.
  }
  return claim
}

function read(): Claim | null {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(key) ?? 'null')
    return isClaim(kept) ? kept : null
  } catch {
    // No storage, or not ours.
    return null
  }
}

function isClaim(value: unknown): value is Claim {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as Claim).link === 'string' &&
    typeof (value as Claim).claim === 'string'
  )
}

/** 256 random bits as 43 characters, as the server takes them. */
function randomToken(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(32))
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '')
}
