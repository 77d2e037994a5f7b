import { type Decoded, decoded, malformed } from './decoded.ts'

/** Operation bits, console to BMC. @see IPMI 2.0 table 15-2 */
export const solOperation = {
  nack: 0x40,
  ringWor: 0x20,
  generateBreak: 0x10,
  ctsPause: 0x08,
  dropDcdDsr: 0x04,
  flushInbound: 0x02,
  flushOutbound: 0x01,
} as const

/** Status bits, BMC to console. */
export const solStatus = {
  nack: 0x40,
  transferUnavailable: 0x20,
  deactivating: 0x10,
  transmitOverrun: 0x08,
  breakDetected: 0x04,
} as const

/** Bytes before the characters of a SOL payload. */
export const solHeaderBytes = 4

export interface SolPacket {
  /** 1..15, or 0 for a packet that only acknowledges. */
  sequence: number
  /** Sequence of the packet acknowledged, 0 for none. */
  ackSequence: number
  /** How many characters of that packet were taken. */
  acceptedCount: number
  /** Operation bits (to the BMC) or status bits (from it). */
  flags: number
  data: Buffer
}

/** Writes a SOL payload. */
export function encodeSolPacket(packet: SolPacket): Buffer {
  const out = Buffer.alloc(solHeaderBytes + packet.data.length)
  out.set([
    packet.sequence & 0x0f,
    packet.ackSequence & 0x0f,
    packet.acceptedCount & 0xff,
    packet.flags & 0xff,
  ])
  out.set(packet.data, solHeaderBytes)
  return out
}

/** Reads a SOL payload. */
export function decodeSolPacket(payload: Buffer): Decoded<SolPacket> {
  if (payload.length < solHeaderBytes) return malformed('SOL packet was cut short')
  return decoded({
    sequence: payload.readUInt8(0) & 0x0f,
    ackSequence: payload.readUInt8(1) & 0x0f,
    acceptedCount: payload.readUInt8(2),
    flags: payload.readUInt8(3),
    data: payload.subarray(solHeaderBytes),
  })
}
