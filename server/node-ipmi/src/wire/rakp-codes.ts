import { createHmac } from 'node:crypto'
import { authenticationHash, type CipherSuite, integrityHash } from './cipher-suite.ts'
import type { SessionKeys } from './sealed-packet.ts'

/** Everything that both sides hash during RAKP, in the names of the specification's formulas. */
export interface RakpInputs {
  consoleSessionId: number
  bmcSessionId: number
  consoleRandom: Buffer
  bmcRandom: Buffer
  bmcGuid: Buffer
  role: number
  username: Buffer
  password: Buffer
}

/** Code in RAKP 2: the BMC proves that it knows the password. Empty without authentication. @see IPMI 2.0 §13.31 */
export function rakp2Code(suite: CipherSuite, i: RakpInputs): Buffer {
  return hmac(suite.authentication, i.password, [
    id(i.consoleSessionId),
    id(i.bmcSessionId),
    i.consoleRandom,
    i.bmcRandom,
    i.bmcGuid,
    roleAndName(i),
  ])
}

/** Code in RAKP 3: we prove that we know the password. */
export function rakp3Code(suite: CipherSuite, i: RakpInputs): Buffer {
  return hmac(suite.authentication, i.password, [i.bmcRandom, id(i.consoleSessionId), roleAndName(i)])
}

/** Session integrity key; `kg` undefined means that the BMC uses the password instead. */
export function sessionIntegrityKey(
  suite: CipherSuite,
  i: Pick<RakpInputs, 'consoleRandom' | 'bmcRandom' | 'role' | 'username' | 'password'>,
  kg: Buffer | undefined,
): Buffer {
  return hmac(suite.authentication, kg ?? i.password, [i.consoleRandom, i.bmcRandom, roleAndName(i)])
}

/** Check value in RAKP 4, cut to 12 (SHA-1) or 16 bytes; `byIntegrity` hashes with the integrity algorithm (quirk intelplus). */
export function rakp4CheckValue(suite: CipherSuite, i: RakpInputs, sik: Buffer, byIntegrity = false): Buffer {
  const parts = [i.consoleRandom, id(i.bmcSessionId), i.bmcGuid]
  if (byIntegrity) {
    const mac = integrityHash(suite.integrity)
    if (!mac) return Buffer.alloc(0)
    return hash(mac.hash, sik, parts).subarray(0, mac.length)
  }
  const code = hmac(suite.authentication, sik, parts)
  return code.subarray(0, suite.authentication === 1 ? 12 : 16)
}

/** Additional keys of an established session. @see IPMI 2.0 §13.32 */
export function sessionKeys(suite: CipherSuite, sik: Buffer): SessionKeys {
  return {
    suite,
    k1: hmac(suite.authentication, sik, [Buffer.alloc(20, 0x01)]),
    k2: hmac(suite.authentication, sik, [Buffer.alloc(20, 0x02)]),
  }
}

function roleAndName(i: Pick<RakpInputs, 'role' | 'username'>): Buffer {
  return Buffer.concat([Buffer.of(i.role, i.username.length), i.username])
}

function id(sessionId: number): Buffer {
  const out = Buffer.alloc(4)
  out.writeUInt32LE(sessionId)
  return out
}

function hmac(algorithm: number, key: Buffer, parts: readonly Buffer[]): Buffer {
  const name = authenticationHash(algorithm)
  return name ? hash(name, key, parts) : Buffer.alloc(0)
}

function hash(name: string, key: Buffer, parts: readonly Buffer[]): Buffer {
  const mac = createHmac(name, key)
  for (const part of parts) mac.update(part)
  return mac.digest()
}
