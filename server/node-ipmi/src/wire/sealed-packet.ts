import { createCipheriv, createDecipheriv, createHmac, timingSafeEqual } from 'node:crypto'
import { type CipherSuite, confidentiality, integrityHash } from './cipher-suite.ts'
import { type Decoded, decoded, malformed } from './decoded.ts'
import { type RmcpPlusPacket, writeHeader } from './session-packet.ts'

/** Keys of one established session. `k1` signs, the first 16 bytes of `k2` encrypt. */
export interface SessionKeys {
  suite: CipherSuite
  k1: Buffer
  k2: Buffer
}

export interface SealOptions {
  payloadType: number
  sessionId: number
  sequence: number
  payload: Uint8Array
  /** 16 unpredictable bytes; a new one for each packet. */
  iv: Uint8Array
  /** Leave the two trailer bytes out of the pad count (quirk icts). */
  padWithoutTrailer?: boolean
}

const headerBytes = 16
const nextHeader = 0x07

/** Encrypts and signs one payload for a session, as the suite of `keys` demands. @see IPMI 2.0 §13.28, §13.29 */
export function sealPacket(keys: SessionKeys, options: SealOptions): Buffer {
  const encrypts = keys.suite.confidentiality === confidentiality.aesCbc128
  const mac = integrityHash(keys.suite.integrity)
  const payload = encrypts ? encryptPayload(keys.k2, options.iv, options.payload) : options.payload
  const counted = payload.length + 12 + (options.padWithoutTrailer ? 0 : 2)
  const pad = mac ? (4 - (counted % 4)) % 4 : 0
  const macAt = headerBytes + payload.length + pad + 2
  const out = Buffer.alloc(mac ? macAt + mac.length : headerBytes + payload.length)
  const flags = (encrypts ? 0x80 : 0) | (mac ? 0x40 : 0)
  writeHeader(out, options.payloadType | flags, options.sessionId, options.sequence, payload.length)
  out.set(payload, headerBytes)
  if (!mac) return out
  out.fill(0xff, headerBytes + payload.length, macAt - 2)
  out[macAt - 2] = pad
  out[macAt - 1] = nextHeader
  const code = createHmac(mac.hash, keys.k1).update(out.subarray(4, macAt)).digest()
  out.set(code.subarray(0, mac.length), macAt)
  return out
}

/**
 * Checks and decrypts a packet of our session; the payload comes back in the clear.
 * A packet that is less protected than the suite demands is refused.
 */
export function openPacket(keys: SessionKeys, packet: RmcpPlusPacket): Decoded<Buffer> {
  const mac = integrityHash(keys.suite.integrity)
  if (mac) {
    if (!packet.authenticated) return malformed('packet of a signed session is not signed')
    if (!hasValidCode(keys.k1, mac, packet)) return malformed('authentication code is wrong')
  }
  if (keys.suite.confidentiality === confidentiality.none) return decoded(packet.payload)
  if (!packet.encrypted) return malformed('packet of an encrypted session is not encrypted')
  return decryptPayload(keys.k2, packet.payload)
}

function hasValidCode(
  k1: Buffer,
  mac: { hash: string; length: number },
  { session, trailer }: RmcpPlusPacket,
): boolean {
  if (trailer.length < mac.length + 2) return false
  const signed = session.subarray(0, session.length - mac.length)
  const code = createHmac(mac.hash, k1).update(signed).digest().subarray(0, mac.length)
  return timingSafeEqual(code, session.subarray(session.length - mac.length))
}

/** AES-128-CBC with the pad 01 02 03 … and a pad length byte; the IV goes first. */
export function encryptPayload(k2: Buffer, iv: Uint8Array, payload: Uint8Array): Buffer {
  const pad = (16 - ((payload.length + 1) % 16)) % 16
  const clear = Buffer.alloc(payload.length + pad + 1)
  clear.set(payload)
  for (let i = 0; i < pad; i++) clear[payload.length + i] = i + 1
  clear[clear.length - 1] = pad
  const cipher = createCipheriv('aes-128-cbc', k2.subarray(0, 16), iv)
  cipher.setAutoPadding(false)
  return Buffer.concat([iv, cipher.update(clear)])
}

/** Reverses `encryptPayload`; the pad is checked byte by byte. */
export function decryptPayload(k2: Buffer, payload: Buffer): Decoded<Buffer> {
  if (payload.length < 32 || payload.length % 16 !== 0)
    return malformed('encrypted payload has a wrong length')
  const decipher = createDecipheriv('aes-128-cbc', k2.subarray(0, 16), payload.subarray(0, 16))
  decipher.setAutoPadding(false)
  const clear = decipher.update(payload.subarray(16))
  const pad = clear.readUInt8(clear.length - 1)
  const length = clear.length - 1 - pad
  if (pad > 15 || length < 0) return malformed('pad length is wrong')
  for (let i = 0; i < pad; i++) {
    if (clear[length + i] !== i + 1) return malformed('pad is wrong')
  }
  return decoded(clear.subarray(0, length))
}
