/** SHA-256 of a certificate in PEM, as `AA:BB:…`, the way browsers and Crashcart's start show it. Rejects on other text. */
export async function fingerprintOf(pem: string): Promise<string> {
  const body = /-----BEGIN CERTIFICATE-----([\s\S]+?)-----END CERTIFICATE-----/.exec(pem)?.[1]
  if (body === undefined) throw new TypeError('not a certificate in PEM')
  const der = Uint8Array.from(atob(body.replace(/\s/g, '')), (character) => character.charCodeAt(0))
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', der))
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, '0').toUpperCase()).join(':')
}
