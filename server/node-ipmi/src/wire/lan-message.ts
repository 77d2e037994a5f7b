import { type Decoded, decoded, malformed } from './decoded.ts'

/** Network functions of requests; the answer carries the next odd number. @see IPMI 2.0 table 5-1 */
export const netFn = {
  chassis: 0x00,
  sensor: 0x04,
  app: 0x06,
  storage: 0x0a,
  transport: 0x0c,
  group: 0x2c,
} as const

const bmcAddress = 0x20
const remoteConsoleAddress = 0x81

export interface LanRequest {
  netFn: number
  command: number
  rqSeq: number
  data: Uint8Array
  /** Logical unit of the BMC, 0 almost always. */
  lun?: number
}

export interface LanResponse {
  netFn: number
  command: number
  rqSeq: number
  completionCode: number
  data: Buffer
}

/** Two's complement checksum over `bytes[start..end)`. @see IPMI 2.0 §13.8 */
export function checksum(bytes: Uint8Array, start: number, end: number): number {
  let sum = 0
  for (let i = start; i < end; i++) sum += bytes[i] ?? 0
  return -sum & 0xff
}

/** Writes a request from the remote console to the BMC. @see IPMI 2.0 figure 13-4 */
export function encodeLanRequest({ netFn: fn, command, rqSeq, data, lun = 0 }: LanRequest): Buffer {
  const out = Buffer.alloc(7 + data.length)
  out.set([bmcAddress, (fn << 2) | lun, 0, remoteConsoleAddress, (rqSeq & 0x3f) << 2, command])
  out.set(data, 6)
  out[2] = checksum(out, 0, 2)
  out[out.length - 1] = checksum(out, 3, out.length - 1)
  return out
}

/** Reads an answer. `checkSums: false` is for boards whose sums are wrong. */
export function decodeLanResponse(message: Buffer, checkSums = true): Decoded<LanResponse> {
  if (message.length < 8) return malformed('answer was cut short')
  if (checkSums && !hasValidSums(message)) return malformed('checksum of the answer is wrong')
  if (message[0] !== remoteConsoleAddress) return malformed('answer is not addressed to us')
  const fn = message.readUInt8(1) >> 2
  if ((fn & 1) === 0) return malformed('a request, not an answer')
  return decoded({
    netFn: fn,
    rqSeq: message.readUInt8(4) >> 2,
    command: message.readUInt8(5),
    completionCode: message.readUInt8(6),
    data: message.subarray(7, message.length - 1),
  })
}

/** Reads a request, as a BMC does. */
export function decodeLanRequest(
  message: Buffer,
): Decoded<Required<Omit<LanRequest, 'data'>> & { data: Buffer }> {
  if (message.length < 7) return malformed('request was cut short')
  if (!hasValidSums(message)) return malformed('checksum of the request is wrong')
  const fn = message.readUInt8(1) >> 2
  if ((fn & 1) === 1) return malformed('an answer, not a request')
  return decoded({
    netFn: fn,
    lun: message.readUInt8(1) & 3,
    rqSeq: message.readUInt8(4) >> 2,
    command: message.readUInt8(5),
    data: message.subarray(6, message.length - 1),
  })
}

/** Writes an answer of the BMC; `netFn` is the one of the request. */
export function encodeLanResponse({
  netFn: fn,
  command,
  rqSeq,
  completionCode,
  data,
}: Omit<LanResponse, 'data'> & { data: Uint8Array }): Buffer {
  const out = Buffer.alloc(8 + data.length)
  out.set([remoteConsoleAddress, (fn | 1) << 2, 0, bmcAddress, (rqSeq & 0x3f) << 2, command, completionCode])
  out.set(data, 7)
  out[2] = checksum(out, 0, 2)
  out[out.length - 1] = checksum(out, 3, out.length - 1)
  return out
}

function hasValidSums(message: Buffer): boolean {
  return checksum(message, 0, 3) === 0 && checksum(message, 3, message.length) === 0
}
