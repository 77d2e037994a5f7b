import { netFn } from '../wire/lan-message.ts'
import { type IpmiCommand, reader } from './command.ts'

export interface SdrRepositoryInfo {
  records: number
  /** Changes whenever records do. */
  lastAddition: number
  lastErase: number
}

/** Get SDR Repository Info. @see IPMI 2.0 §33.9 */
export function getSdrRepositoryInfo(): IpmiCommand<SdrRepositoryInfo> {
  return {
    name: 'Get SDR Repository Info',
    netFn: netFn.storage,
    command: 0x20,
    data: new Uint8Array(0),
    privilege: 'user',
    isRepeatable: true,
    decode(data) {
      const r = reader(data, 'Get SDR Repository Info')
      r.skip(1)
      const records = r.u16()
      r.skip(2)
      return { records, lastAddition: r.u32(), lastErase: r.u32() }
    },
  }
}

/** Reserve SDR Repository: needed to read records in pieces. @see IPMI 2.0 §33.11 */
export function reserveSdrRepository(): IpmiCommand<number> {
  return {
    name: 'Reserve SDR Repository',
    netFn: netFn.storage,
    command: 0x22,
    data: new Uint8Array(0),
    privilege: 'user',
    isRepeatable: true,
    decode: (data) => reader(data, 'Reserve SDR Repository').u16(),
  }
}

export interface SdrPieceRequest {
  reservation: number
  recordId: number
  offset: number
  count: number
}

/** Get SDR: part of one record and the id of the next (0xFFFF: none). @see IPMI 2.0 §33.12 */
export function getSdr(request: SdrPieceRequest): IpmiCommand<{ nextId: number; piece: Buffer }> {
  const data = Buffer.alloc(6)
  data.writeUInt16LE(request.reservation, 0)
  data.writeUInt16LE(request.recordId, 2)
  data[4] = request.offset
  data[5] = request.count
  return {
    name: 'Get SDR',
    netFn: netFn.storage,
    command: 0x23,
    data,
    privilege: 'user',
    isRepeatable: true,
    decode(bytes) {
      const r = reader(bytes, 'Get SDR')
      return { nextId: r.u16(), piece: Buffer.from(r.rest()) }
    },
  }
}
