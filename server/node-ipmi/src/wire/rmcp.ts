import { type Decoded, decoded, malformed } from './decoded.ts'

/** RMCP message classes that matter here. @see IPMI 2.0 §13.1.3 */
export const rmcpClass = { asf: 0x06, ipmi: 0x07 } as const

/** Well-known UDP port of RMCP. */
export const rmcpPort = 623

const version = 0x06
const noAck = 0xff
const asfEnterprise = 0x0000_11be
const presencePing = 0x80
const presencePong = 0x40

/** The four bytes before every IPMI message. */
export const ipmiRmcpHeader: Uint8Array = Uint8Array.of(version, 0x00, noAck, rmcpClass.ipmi)

export interface RmcpMessage {
  class: number
  /** True for an RMCP acknowledgement, which carries no message. */
  isAck: boolean
  body: Buffer
}

/** Splits a datagram into RMCP class and body. */
export function decodeRmcp(datagram: Buffer): Decoded<RmcpMessage> {
  if (datagram.length < 4) return malformed('shorter than an RMCP header')
  if (datagram[0] !== version) return malformed('not RMCP version 1.0')
  const classByte = datagram.readUInt8(3)
  return decoded({ class: classByte & 0x1f, isAck: (classByte & 0x80) !== 0, body: datagram.subarray(4) })
}

/** ASF presence ping with a tag that the pong repeats. @see IPMI 2.0 §13.2.3 */
export function encodePresencePing(tag: number): Buffer {
  return encodeAsf(presencePing, tag, Buffer.alloc(0))
}

export interface PresencePong {
  tag: number
  enterprise: number
  supportsIpmi: boolean
  supportsSecurityExtensions: boolean
}

/** Reads a presence pong. @see IPMI 2.0 §13.2.4 */
export function decodePresencePong(datagram: Buffer): Decoded<PresencePong> {
  const asf = decodeAsf(datagram)
  if (!asf.ok) return asf
  const { type, tag, data } = asf.value
  if (type !== presencePong) return malformed(`ASF message type 0x${type.toString(16)} is not a pong`)
  if (data.length < 16) return malformed('presence pong was cut short')
  return decoded({
    tag,
    enterprise: data.readUInt32BE(0),
    supportsIpmi: (data.readUInt8(8) & 0x80) !== 0,
    supportsSecurityExtensions: (data.readUInt8(9) & 0x80) !== 0,
  })
}

/** Writes a presence pong that says "IPMI supported". */
export function encodePresencePong(tag: number): Buffer {
  const data = Buffer.alloc(16)
  data.writeUInt32BE(asfEnterprise, 0)
  data[8] = 0x81
  return encodeAsf(presencePong, tag, data)
}

/** Reads the tag of a presence ping. */
export function decodePresencePing(datagram: Buffer): Decoded<{ tag: number }> {
  const asf = decodeAsf(datagram)
  if (!asf.ok) return asf
  if (asf.value.type !== presencePing) return malformed('not a presence ping')
  return decoded({ tag: asf.value.tag })
}

function encodeAsf(type: number, tag: number, data: Buffer): Buffer {
  const out = Buffer.alloc(12 + data.length)
  out.set([version, 0x00, noAck, rmcpClass.asf])
  out.writeUInt32BE(asfEnterprise, 4)
  out.set([type, tag & 0xff, 0x00, data.length], 8)
  out.set(data, 12)
  return out
}

function decodeAsf(datagram: Buffer): Decoded<{ type: number; tag: number; data: Buffer }> {
  const rmcp = decodeRmcp(datagram)
  if (!rmcp.ok) return rmcp
  const { class: messageClass, isAck, body } = rmcp.value
  if (messageClass !== rmcpClass.asf || isAck) return malformed('not an ASF message')
  if (body.length < 8) return malformed('shorter than an ASF header')
  if (body.readUInt32BE(0) !== asfEnterprise) return malformed('not the ASF enterprise number')
  const length = body.readUInt8(7)
  if (body.length < 8 + length) return malformed('ASF data was cut short')
  return decoded({ type: body.readUInt8(4), tag: body.readUInt8(5), data: body.subarray(8, 8 + length) })
}
