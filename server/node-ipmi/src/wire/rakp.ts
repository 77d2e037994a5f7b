import { type Decoded, decoded, malformed } from './decoded.ts'

/** RMCP+ status codes. @see IPMI 2.0 table 13-15 */
export const rakpStatus = {
  ok: 0x00,
  insufficientResources: 0x01,
  invalidSessionId: 0x02,
  invalidPayloadType: 0x03,
  invalidAuthentication: 0x04,
  invalidIntegrity: 0x05,
  noMatchingAuthentication: 0x06,
  noMatchingIntegrity: 0x07,
  inactiveSessionId: 0x08,
  invalidRole: 0x09,
  unauthorizedRole: 0x0a,
  insufficientResourcesAtRole: 0x0b,
  invalidNameLength: 0x0c,
  unauthorizedName: 0x0d,
  unauthorizedGuid: 0x0e,
  invalidCheckValue: 0x0f,
  invalidConfidentiality: 0x10,
  noCipherSuiteMatch: 0x11,
  illegalParameter: 0x12,
} as const

const statusWords: Readonly<Record<number, string>> = {
  0x01: 'no free session',
  0x02: 'invalid session id',
  0x03: 'invalid payload type',
  0x04: 'invalid authentication algorithm',
  0x05: 'invalid integrity algorithm',
  0x06: 'no matching authentication payload',
  0x07: 'no matching integrity payload',
  0x08: 'inactive session id',
  0x09: 'invalid role',
  0x0a: 'role or privilege not allowed for this user',
  0x0b: 'no free session at this role',
  0x0c: 'invalid name length',
  0x0d: 'no such user',
  0x0e: 'unauthorized GUID',
  0x0f: 'wrong integrity check value',
  0x10: 'invalid confidentiality algorithm',
  0x11: 'no cipher suite in common',
  0x12: 'illegal parameter',
}

/** An RMCP+ status in words. */
export function describeRakpStatus(status: number): string {
  return statusWords[status] ?? `status 0x${status.toString(16)}`
}

export interface Rakp1 {
  tag: number
  bmcSessionId: number
  consoleRandom: Buffer
  /** Bits 3..0 privilege, bit 4 name-only lookup. */
  role: number
  username: Buffer
}

export interface Rakp2 {
  tag: number
  status: number
  consoleSessionId: number
  bmcRandom: Buffer
  bmcGuid: Buffer
  authCode: Buffer
}

export interface Rakp3 {
  tag: number
  status: number
  bmcSessionId: number
  authCode: Buffer
}

export interface Rakp4 {
  tag: number
  status: number
  consoleSessionId: number
  checkValue: Buffer
}

const noBytes = Buffer.alloc(0)

/** Writes RAKP 1. `paddedTo` repeats the quirk of boards that want all 16 bytes of the name. @see IPMI 2.0 §13.20 */
export function encodeRakp1(message: Rakp1, paddedTo = 0, nameLength = message.username.length): Buffer {
  const out = Buffer.alloc(28 + Math.max(paddedTo, message.username.length))
  out[0] = message.tag
  out.writeUInt32LE(message.bmcSessionId, 4)
  out.set(message.consoleRandom, 8)
  out[24] = message.role
  out[27] = nameLength
  out.set(message.username, 28)
  return out
}

/** Reads RAKP 1, as a BMC does. */
export function decodeRakp1(payload: Buffer): Decoded<Rakp1> {
  if (payload.length < 28) return malformed('RAKP 1 was cut short')
  const length = payload.readUInt8(27)
  if (length > 16 || payload.length < 28 + length) return malformed('RAKP 1 has a wrong name length')
  return decoded({
    tag: payload.readUInt8(0),
    bmcSessionId: payload.readUInt32LE(4),
    consoleRandom: payload.subarray(8, 24),
    role: payload.readUInt8(24),
    username: payload.subarray(28, 28 + length),
  })
}

/** Reads RAKP 2; after an error status random, GUID and code are empty. @see IPMI 2.0 §13.21 */
export function decodeRakp2(payload: Buffer): Decoded<Rakp2> {
  if (payload.length < 8) return malformed('RAKP 2 was cut short')
  const head = readHead(payload)
  if (head.status !== 0) return decoded({ ...head, bmcRandom: noBytes, bmcGuid: noBytes, authCode: noBytes })
  if (payload.length < 40) return malformed('RAKP 2 was cut short')
  return decoded({
    ...head,
    bmcRandom: payload.subarray(8, 24),
    bmcGuid: payload.subarray(24, 40),
    authCode: payload.subarray(40),
  })
}

/** Writes RAKP 2, as a BMC does. */
export function encodeRakp2(message: Rakp2): Buffer {
  const head = writeHead(message.tag, message.status, message.consoleSessionId)
  return Buffer.concat([head, message.bmcRandom, message.bmcGuid, message.authCode])
}

/** Writes RAKP 3; with a status other than 0 it tells the BMC to drop the half-open session. @see IPMI 2.0 §13.22 */
export function encodeRakp3(message: Rakp3): Buffer {
  return Buffer.concat([writeHead(message.tag, message.status, message.bmcSessionId), message.authCode])
}

/** Reads RAKP 3, as a BMC does. */
export function decodeRakp3(payload: Buffer): Decoded<Rakp3> {
  if (payload.length < 8) return malformed('RAKP 3 was cut short')
  const { tag, status, consoleSessionId } = readHead(payload)
  return decoded({ tag, status, bmcSessionId: consoleSessionId, authCode: payload.subarray(8) })
}

/** Reads RAKP 4. @see IPMI 2.0 §13.23 */
export function decodeRakp4(payload: Buffer): Decoded<Rakp4> {
  if (payload.length < 8) return malformed('RAKP 4 was cut short')
  return decoded({ ...readHead(payload), checkValue: payload.subarray(8) })
}

/** Writes RAKP 4, as a BMC does. */
export function encodeRakp4(message: Rakp4): Buffer {
  return Buffer.concat([writeHead(message.tag, message.status, message.consoleSessionId), message.checkValue])
}

function readHead(payload: Buffer): { tag: number; status: number; consoleSessionId: number } {
  return {
    tag: payload.readUInt8(0),
    status: payload.readUInt8(1),
    consoleSessionId: payload.readUInt32LE(4),
  }
}

function writeHead(tag: number, status: number, sessionId: number): Buffer {
  const out = Buffer.alloc(8)
  out.set([tag, status])
  out.writeUInt32LE(sessionId, 4)
  return out
}
