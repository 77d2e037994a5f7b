import type { Privilege } from '../session/privilege.ts'
import type { IpmiCommand } from './command.ts'

export interface RawRequest {
  netFn: number
  command: number
  data?: Uint8Array
  lun?: number
  /** Default `operator`. */
  privilege?: Privilege
  /** True when sending it again after a lost session does no harm. Default false. */
  isRepeatable?: boolean
}

/** Any command by numbers; gives the answer's data after the completion code. */
export function rawCommand(request: RawRequest): IpmiCommand<Buffer> {
  const {
    netFn,
    command,
    data = new Uint8Array(0),
    lun,
    privilege = 'operator',
    isRepeatable = false,
  } = request
  const hex = (n: number): string => `0x${n.toString(16).padStart(2, '0')}`
  return {
    name: `raw ${hex(netFn)} ${hex(command)}`,
    netFn,
    command,
    data,
    ...(lun === undefined ? {} : { lun }),
    privilege,
    isRepeatable,
    decode: (bytes) => Buffer.from(bytes),
  }
}
