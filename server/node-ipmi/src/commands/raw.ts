import type { Privilege } from '../session/privilege.ts'
import { chassisControl } from './chassis.ts'
import type { IpmiCommand } from './command.ts'

const power = chassisControl('off')

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

/**
 * Any command by numbers; gives the answer's data after the completion code. Chassis Control has the rules of
 * `chassisControl` here too: it is never repeatable.
 */
export function rawCommand(request: RawRequest): IpmiCommand<Buffer> {
  const {
    netFn,
    command,
    data = new Uint8Array(0),
    lun,
    privilege = 'operator',
    isRepeatable = false,
  } = request
  const isPower = netFn === power.netFn && command === power.command
  const hex = (n: number): string => `0x${n.toString(16).padStart(2, '0')}`
  return {
    name: `raw ${hex(netFn)} ${hex(command)}`,
    netFn,
    command,
    data,
    ...(lun === undefined ? {} : { lun }),
    privilege,
    isRepeatable: isRepeatable && !isPower,
    isPower,
    decode: (bytes) => Buffer.from(bytes),
  }
}
