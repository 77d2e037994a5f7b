import { type Decoded, decoded, malformed } from './decoded.ts'
import { decodeRmcp, ipmiRmcpHeader, rmcpClass } from './rmcp.ts'

/** Payload types inside an RMCP+ packet. @see IPMI 2.0 table 13-16 */
export const payloadType = {
  ipmi: 0x00,
  sol: 0x01,
  oem: 0x02,
  openSessionRequest: 0x10,
  openSessionResponse: 0x11,
  rakp1: 0x12,
  rakp2: 0x13,
  rakp3: 0x14,
  rakp4: 0x15,
} as const

/** Largest datagram accepted; RMCP messages fit one Ethernet frame. */
export const maxDatagramBytes = 1500

const authTypeRmcpPlus = 0x06
const headerBytes = 16

export interface RmcpPlusPacket {
  version: '2.0'
  payloadType: number
  encrypted: boolean
  authenticated: boolean
  sessionId: number
  sequence: number
  /** Still encrypted when `encrypted` says so. */
  payload: Buffer
  /** All bytes after the payload: pad, pad length, next header, authentication code. Empty when not authenticated. */
  trailer: Buffer
  /** From the authentication type byte to the end of the datagram. */
  session: Buffer
}

export interface LegacyPacket {
  version: '1.5'
  authType: number
  sequence: number
  sessionId: number
  message: Buffer
}

/** Reads the session header of an IPMI datagram, of version 1.5 or 2.0. @see IPMI 2.0 table 13-8 */
export function decodeSessionPacket(datagram: Buffer): Decoded<RmcpPlusPacket | LegacyPacket> {
  if (datagram.length > maxDatagramBytes) return malformed('larger than any RMCP datagram')
  const rmcp = decodeRmcp(datagram)
  if (!rmcp.ok) return rmcp
  if (rmcp.value.class !== rmcpClass.ipmi || rmcp.value.isAck) return malformed('not an IPMI message')
  const { body } = rmcp.value
  if (body.length < 1) return malformed('no session header')
  return body[0] === authTypeRmcpPlus ? decodeRmcpPlus(body) : decodeLegacy(body)
}

function decodeRmcpPlus(session: Buffer): Decoded<RmcpPlusPacket> {
  if (session.length < 12) return malformed('RMCP+ session header was cut short')
  const typeByte = session.readUInt8(1)
  const isOem = (typeByte & 0x3f) === payloadType.oem
  const idOffset = isOem ? 8 : 2
  if (session.length < idOffset + 10) return malformed('RMCP+ session header was cut short')
  const length = session.readUInt16LE(idOffset + 8)
  const start = idOffset + 10
  if (session.length < start + length) return malformed('RMCP+ payload was cut short')
  return decoded({
    version: '2.0',
    payloadType: typeByte & 0x3f,
    encrypted: (typeByte & 0x80) !== 0,
    authenticated: (typeByte & 0x40) !== 0,
    sessionId: session.readUInt32LE(idOffset),
    sequence: session.readUInt32LE(idOffset + 4),
    payload: session.subarray(start, start + length),
    trailer: session.subarray(start + length),
    session,
  })
}

function decodeLegacy(body: Buffer): Decoded<LegacyPacket> {
  const authType = body.readUInt8(0) & 0x0f
  const lengthOffset = authType === 0 ? 9 : 25
  if (body.length < lengthOffset + 1) return malformed('session header was cut short')
  const length = body.readUInt8(lengthOffset)
  if (body.length < lengthOffset + 1 + length) return malformed('message was cut short')
  return decoded({
    version: '1.5',
    authType,
    sequence: body.readUInt32LE(1),
    sessionId: body.readUInt32LE(5),
    message: body.subarray(lengthOffset + 1, lengthOffset + 1 + length),
  })
}

/** An RMCP+ packet outside any session (session 0, sequence 0): the handshake. */
export function encodePlainPacket(type: number, payload: Uint8Array): Buffer {
  const out = Buffer.alloc(headerBytes + payload.length)
  writeHeader(out, type, 0, 0, payload.length)
  out.set(payload, headerBytes)
  return out
}

/** An IPMI 1.5 packet outside any session, as used to ask for capabilities. */
export function encodeLegacyPacket(message: Uint8Array): Buffer {
  const out = Buffer.alloc(14 + message.length)
  out.set(ipmiRmcpHeader)
  out[13] = message.length
  out.set(message, 14)
  return out
}

/** Writes RMCP and RMCP+ headers into the first 16 bytes of `out`. `typeByte` includes the flag bits. */
export function writeHeader(
  out: Buffer,
  typeByte: number,
  sessionId: number,
  sequence: number,
  payloadLength: number,
): void {
  out.set(ipmiRmcpHeader)
  out[4] = authTypeRmcpPlus
  out[5] = typeByte
  out.writeUInt32LE(sessionId, 6)
  out.writeUInt32LE(sequence, 10)
  out.writeUInt16LE(payloadLength, 14)
}
