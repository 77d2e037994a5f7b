/** RAKP authentication algorithms. @see IPMI 2.0 table 13-17 */
const authentication = { none: 0, hmacSha1: 1, hmacMd5: 2, hmacSha256: 3 } as const
/** Integrity algorithms. @see IPMI 2.0 table 13-18 */
const integrity = { none: 0, hmacSha1: 1, hmacMd5: 2, hmacSha256: 4 } as const
/** Confidentiality algorithms. @see IPMI 2.0 table 13-19 */
export const confidentiality = { none: 0, aesCbc128: 1 } as const

export interface CipherSuite {
  id: number
  authentication: number
  integrity: number
  confidentiality: number
}

const suites: readonly CipherSuite[] = [
  { id: 0, authentication: 0, integrity: 0, confidentiality: 0 },
  { id: 1, authentication: 1, integrity: 0, confidentiality: 0 },
  { id: 2, authentication: 1, integrity: 1, confidentiality: 0 },
  { id: 3, authentication: 1, integrity: 1, confidentiality: 1 },
  { id: 6, authentication: 2, integrity: 0, confidentiality: 0 },
  { id: 7, authentication: 2, integrity: 2, confidentiality: 0 },
  { id: 8, authentication: 2, integrity: 2, confidentiality: 1 },
  { id: 15, authentication: 3, integrity: 0, confidentiality: 0 },
  { id: 16, authentication: 3, integrity: 4, confidentiality: 0 },
  { id: 17, authentication: 3, integrity: 4, confidentiality: 1 },
]

/** Suites tried when the caller names none: SHA-256 first, then SHA-1; both encrypt and sign. */
export const defaultCipherSuites: readonly number[] = [17, 3]

/** The suite with this number, or undefined when this package cannot speak it (RC4, plain MD5). */
export function cipherSuite(id: number): CipherSuite | undefined {
  return suites.find((suite) => suite.id === id)
}

/** The suite made of these algorithms, if there is one. */
export function cipherSuiteOf(
  authenticationId: number,
  integrityId: number,
  confidentialityId: number,
): CipherSuite | undefined {
  return suites.find(
    (s) =>
      s.authentication === authenticationId &&
      s.integrity === integrityId &&
      s.confidentiality === confidentialityId,
  )
}

/** True for suites that leave out encryption or integrity, or rest on MD5: opt-in only. */
export function isWeakCipherSuite(id: number): boolean {
  return id !== 3 && id !== 17
}

/** Name of the hash for node:crypto, or undefined for "none". */
export function authenticationHash(algorithm: number): 'sha1' | 'md5' | 'sha256' | undefined {
  if (algorithm === authentication.hmacSha1) return 'sha1'
  if (algorithm === authentication.hmacMd5) return 'md5'
  if (algorithm === authentication.hmacSha256) return 'sha256'
  return undefined
}

/** Hash and number of bytes kept of an integrity algorithm, or undefined for "none". */
export function integrityHash(
  algorithm: number,
): { hash: 'sha1' | 'md5' | 'sha256'; length: number } | undefined {
  if (algorithm === integrity.hmacSha1) return { hash: 'sha1', length: 12 }
  if (algorithm === integrity.hmacMd5) return { hash: 'md5', length: 16 }
  if (algorithm === integrity.hmacSha256) return { hash: 'sha256', length: 16 }
  return undefined
}
