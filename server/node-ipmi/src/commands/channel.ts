import { netFn } from '../wire/lan-message.ts'
import { type IpmiCommand, reader } from './command.ts'

export interface ChannelCapabilities {
  channel: number
  supportsIpmi20: boolean
  supportsIpmi15: boolean
  /** K_g is set to something other than zeros. */
  hasKg: boolean
  allowsNamedUsers: boolean
  allowsNullUsername: boolean
  allowsAnonymous: boolean
}

/** Get Channel Authentication Capabilities; may be asked without a session. @see IPMI 2.0 §22.13 */
export function getChannelCapabilities(privilege: number, channel = 0x0e): IpmiCommand<ChannelCapabilities> {
  return {
    name: 'Get Channel Authentication Capabilities',
    netFn: netFn.app,
    command: 0x38,
    data: Uint8Array.of(0x80 | channel, privilege),
    privilege: 'user',
    isRepeatable: true,
    decode: decodeCapabilities,
  }
}

function decodeCapabilities(data: Buffer): ChannelCapabilities {
  const r = reader(data, 'Get Channel Authentication Capabilities')
  const [channel, types, status] = [r.u8(), r.u8(), r.u8()]
  const extended = r.remaining > 0 ? r.u8() : 0
  const isExtended = (types & 0x80) !== 0
  return {
    channel: channel & 0x0f,
    supportsIpmi20: isExtended && (extended & 0x02) !== 0,
    supportsIpmi15: !isExtended || (extended & 0x01) !== 0,
    hasKg: (status & 0x20) !== 0,
    allowsNamedUsers: (status & 0x04) !== 0,
    allowsNullUsername: (status & 0x02) !== 0,
    allowsAnonymous: (status & 0x01) !== 0,
  }
}

/** One of up to 64 pieces of the cipher suite list (16 bytes each). @see IPMI 2.0 §22.15 */
export function getChannelCipherSuites(index: number, channel = 0x0e): IpmiCommand<Buffer> {
  return {
    name: 'Get Channel Cipher Suites',
    netFn: netFn.app,
    command: 0x54,
    data: Uint8Array.of(channel, 0x00, 0x80 | index),
    privilege: 'user',
    isRepeatable: true,
    decode(data) {
      const r = reader(data, 'Get Channel Cipher Suites')
      r.skip(1)
      return Buffer.from(r.rest())
    },
  }
}

/** Reads the numbers of the standard and OEM cipher suites out of the record data; garbage between records is skipped. */
export function parseCipherSuiteRecords(records: Buffer): number[] {
  const ids: number[] = []
  for (let at = 0; at < records.length; at++) {
    const start = records[at]
    const isStart = start === 0xc0 || start === 0xc1
    const id = records[at + 1]
    if (!isStart || id === undefined) continue
    ids.push(id)
    at += start === 0xc0 ? 1 : 4
  }
  return ids
}
