import type { CipherSuite } from './cipher-suite.ts'
import { type Decoded, decoded, malformed } from './decoded.ts'

export interface OpenSessionRequest {
  tag: number
  /** 0 asks for the highest that the suite allows. */
  privilege: number
  consoleSessionId: number
  authentication: number
  integrity: number
  confidentiality: number
}

export interface OpenSessionResponse {
  tag: number
  status: number
  privilege: number
  consoleSessionId: number
  /** Fields below are there only when `status` is 0. */
  accepted?: { bmcSessionId: number; authentication: number; integrity: number; confidentiality: number }
}

/** Writes an RMCP+ Open Session Request that offers exactly one suite. @see IPMI 2.0 §13.17 */
export function encodeOpenSessionRequest(
  tag: number,
  privilege: number,
  consoleSessionId: number,
  suite: CipherSuite,
): Buffer {
  const out = Buffer.alloc(32)
  out.set([tag, privilege])
  out.writeUInt32LE(consoleSessionId, 4)
  writeAlgorithm(out, 8, 0, suite.authentication)
  writeAlgorithm(out, 16, 1, suite.integrity)
  writeAlgorithm(out, 24, 2, suite.confidentiality)
  return out
}

/** Reads an Open Session Request, as a BMC does. */
export function decodeOpenSessionRequest(payload: Buffer): Decoded<OpenSessionRequest> {
  if (payload.length < 32) return malformed('Open Session Request was cut short')
  const algorithms = readAlgorithms(payload, 8)
  if (!algorithms) return malformed('Open Session Request has no valid algorithm records')
  return decoded({
    tag: payload.readUInt8(0),
    privilege: payload.readUInt8(1) & 0x0f,
    consoleSessionId: payload.readUInt32LE(4),
    ...algorithms,
  })
}

/** Reads an Open Session Response; after an error status only the first fields are there. @see IPMI 2.0 §13.18 */
export function decodeOpenSessionResponse(payload: Buffer): Decoded<OpenSessionResponse> {
  if (payload.length < 2) return malformed('Open Session Response was cut short')
  const head = {
    tag: payload.readUInt8(0),
    status: payload.readUInt8(1),
    privilege: payload.length > 2 ? payload.readUInt8(2) & 0x0f : 0,
    consoleSessionId: payload.length >= 8 ? payload.readUInt32LE(4) : 0,
  }
  if (head.status !== 0) return decoded(head)
  if (payload.length < 36) return malformed('Open Session Response was cut short')
  const algorithms = readAlgorithms(payload, 12)
  if (!algorithms) return malformed('Open Session Response has no valid algorithm records')
  return decoded({ ...head, accepted: { bmcSessionId: payload.readUInt32LE(8), ...algorithms } })
}

/** Writes an Open Session Response, as a BMC does. */
export function encodeOpenSessionResponse(response: OpenSessionResponse): Buffer {
  const { accepted } = response
  const out = Buffer.alloc(accepted ? 36 : 8)
  out.set([response.tag, response.status, response.privilege])
  out.writeUInt32LE(response.consoleSessionId, 4)
  if (!accepted) return out
  out.writeUInt32LE(accepted.bmcSessionId, 8)
  writeAlgorithm(out, 12, 0, accepted.authentication)
  writeAlgorithm(out, 20, 1, accepted.integrity)
  writeAlgorithm(out, 28, 2, accepted.confidentiality)
  return out
}

function writeAlgorithm(out: Buffer, offset: number, kind: number, algorithm: number): void {
  out[offset] = kind
  out[offset + 3] = 8
  out[offset + 4] = algorithm
}

function readAlgorithms(
  payload: Buffer,
  offset: number,
): { authentication: number; integrity: number; confidentiality: number } | undefined {
  const read = (index: number): number | undefined => {
    const at = offset + index * 8
    if (payload[at] !== index) return undefined
    return (payload[at + 4] ?? 0) & 0x3f
  }
  const [authentication, integrity, confidentiality] = [read(0), read(1), read(2)]
  if (authentication === undefined || integrity === undefined || confidentiality === undefined)
    return undefined
  return { authentication, integrity, confidentiality }
}
