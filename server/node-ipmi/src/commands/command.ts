import { ByteReader } from '../wire/byte-reader.ts'
import type { Privilege } from '../session/privilege.ts'

/** One IPMI command: what goes out, who may ask, and how the answer is read. */
export interface IpmiCommand<T> {
  /** Name in the specification, for messages. */
  readonly name: string
  readonly netFn: number
  readonly command: number
  readonly data: Uint8Array
  readonly lun?: number
  /** Least privilege that the specification asks for. */
  readonly privilege: Privilege
  /** False when asking twice is not the same as asking once: such a command is never sent anew on its own. */
  readonly isRepeatable: boolean
  /** True for chassis power control, which quirk `nopowerretransmit` sends as a single datagram. */
  readonly isPower?: boolean
  /** Meanings of completion codes that only this command has. */
  readonly completionCodes?: Readonly<Record<number, string>>
  /** Reads the answer's data, without the completion code. @throws IpmiProtocolError when it is too short */
  decode(data: Buffer): T
}

/** Data of an answer as a reader that names the command when it is cut short. */
export function reader(data: Buffer, name: string): ByteReader {
  return new ByteReader(data, `The answer to ${name}`)
}

/** For commands whose answer carries no data. */
export function nothing(): void {
  // The completion code said all there is to say.
}

const generic: Readonly<Record<number, string>> = {
  0xc0: 'the BMC is busy',
  0xc1: 'the BMC does not know this command',
  0xc2: 'not valid on this logical unit',
  0xc3: 'the BMC timed out while working on it',
  0xc4: 'out of space',
  0xc5: 'the reservation was cancelled',
  0xc6: 'request data was truncated',
  0xc7: 'request data has a wrong length',
  0xc8: 'request data is too long',
  0xc9: 'parameter out of range',
  0xca: 'cannot return that many bytes',
  0xcb: 'no such sensor, record or data',
  0xcc: 'invalid data field in the request',
  0xcd: 'not valid for this sensor or record',
  0xce: 'no answer could be given',
  0xcf: 'a duplicated request',
  0xd0: 'the sensor records are being updated',
  0xd1: 'the BMC firmware is being updated',
  0xd2: 'the BMC is still starting',
  0xd3: 'the destination is not available',
  0xd4: 'the privilege is not sufficient',
  0xd5: 'not possible in the present state',
  0xd6: 'this function is disabled',
  0xff: 'unspecified error',
}

/** Completion codes whose meaning callers act upon. */
export const completionCode = {
  busy: 0xc0,
  invalidCommand: 0xc1,
  reservationCancelled: 0xc5,
  cannotReturnBytes: 0xca,
  notPresent: 0xcb,
  insufficientPrivilege: 0xd4,
  notInThisState: 0xd5,
} as const

const passing: readonly number[] = [0xc0, 0xc3, 0xc5, 0xce, 0xcf, 0xd0, 0xd1, 0xd2, 0xff]

/** True for completion codes that say "not now" (busy, starting, updating) or nothing, rather than "never". */
export function isPassingCode(code: number): boolean {
  return passing.includes(code)
}

/** A completion code in words. @see IPMI 2.0 table 5-2 */
export function describeCompletionCode(code: number, own?: Readonly<Record<number, string>>): string {
  return own?.[code] ?? generic[code] ?? 'not described in the specification'
}
