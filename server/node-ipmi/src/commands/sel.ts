import { netFn } from '../wire/lan-message.ts'
import { type IpmiCommand, reader } from './command.ts'

export interface SelInfo {
  entries: number
  freeBytes: number
  /** Seconds since 1970 as the BMC counts them; 0xFFFFFFFF when never. */
  lastAddition: number
  lastErase: number
  hasOverflowed: boolean
  supportsReserve: boolean
}

/** Get SEL Info: how many entries there are. @see IPMI 2.0 §31.2 */
export function getSelInfo(): IpmiCommand<SelInfo> {
  return {
    name: 'Get SEL Info',
    netFn: netFn.storage,
    command: 0x40,
    data: new Uint8Array(0),
    privilege: 'user',
    isRepeatable: true,
    completionCodes: { 0x81: 'the log is being erased' },
    decode(data) {
      const r = reader(data, 'Get SEL Info')
      r.skip(1)
      const [entries, freeBytes, lastAddition, lastErase, flags] = [
        r.u16(),
        r.u16(),
        r.u32(),
        r.u32(),
        r.u8(),
      ]
      return {
        entries,
        freeBytes,
        lastAddition,
        lastErase,
        hasOverflowed: (flags & 0x80) !== 0,
        supportsReserve: (flags & 0x02) !== 0,
      }
    },
  }
}

/** First and last record of the log; the BMC replaces them by a number. */
export const selRecord = { first: 0x0000, last: 0xffff } as const

/** Get SEL Entry: one whole record of 16 bytes and the id of the next (0xFFFF: none). @see IPMI 2.0 §31.5 */
export function getSelEntry(recordId: number): IpmiCommand<{ nextId: number; record: Buffer }> {
  const data = Buffer.from([0, 0, 0, 0, 0, 0xff])
  data.writeUInt16LE(recordId, 2)
  return {
    name: 'Get SEL Entry',
    netFn: netFn.storage,
    command: 0x43,
    data,
    privilege: 'user',
    isRepeatable: true,
    completionCodes: { 0x81: 'the log is being erased' },
    decode(bytes) {
      const r = reader(bytes, 'Get SEL Entry')
      return { nextId: r.u16(), record: Buffer.from(r.bytes(16)) }
    },
  }
}

/** Get SEL Time: the BMC's clock, seconds since 1970. @see IPMI 2.0 §31.10 */
export function getSelTime(): IpmiCommand<number> {
  return {
    name: 'Get SEL Time',
    netFn: netFn.storage,
    command: 0x48,
    data: new Uint8Array(0),
    privilege: 'user',
    isRepeatable: true,
    decode: (data) => reader(data, 'Get SEL Time').u32(),
  }
}
