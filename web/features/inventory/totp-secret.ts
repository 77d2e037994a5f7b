/** Can `text` be a TOTP secret? Base32 as authenticators show it, in groups or not; a six-digit code is none. */
export function isTotpSecret(text: string): boolean {
  return /^[A-Z2-7]{8,}$/.test(text.replace(/[\s-]/g, '').replace(/=+$/, '').toUpperCase())
}
