import { netFn } from '../wire/lan-message.ts'
import { type IpmiCommand, reader } from './command.ts'

/** Get FRU Inventory Area Info: size in bytes, and whether it is addressed in words. @see IPMI 2.0 §34.1 */
export function getFruInfo(fruId: number): IpmiCommand<{ size: number; isByWords: boolean }> {
  return {
    name: 'Get FRU Inventory Area Info',
    netFn: netFn.storage,
    command: 0x10,
    data: Uint8Array.of(fruId),
    privilege: 'user',
    isRepeatable: true,
    decode(data) {
      const r = reader(data, 'Get FRU Inventory Area Info')
      return { size: r.u16(), isByWords: (r.u8() & 1) !== 0 }
    },
  }
}

/** Read FRU Data; offset and count in bytes or words as the device has it. @see IPMI 2.0 §34.2 */
export function readFruData(fruId: number, offset: number, count: number): IpmiCommand<Buffer> {
  const data = Buffer.alloc(4)
  data[0] = fruId
  data.writeUInt16LE(offset, 1)
  data[3] = count
  return {
    name: 'Read FRU Data',
    netFn: netFn.storage,
    command: 0x11,
    data,
    privilege: 'user',
    isRepeatable: true,
    completionCodes: { 0x81: 'the FRU device is busy' },
    decode(bytes) {
      const r = reader(bytes, 'Read FRU Data')
      r.skip(1)
      return Buffer.from(r.rest())
    },
  }
}
