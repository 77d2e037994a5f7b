import { netFn } from '../wire/lan-message.ts'
import { type IpmiCommand, reader } from './command.ts'

export interface DeviceId {
  deviceId: number
  deviceRevision: number
  providesSdrs: boolean
  isUpdating: boolean
  /** "major.minor", minor as two decimal digits. */
  firmware: string
  ipmiVersion: string
  /** IANA enterprise number; see `manufacturerName`. */
  manufacturerId: number
  manufacturerName: string | undefined
  productId: number
  supports: {
    sensors: boolean
    sdrRepository: boolean
    sel: boolean
    fru: boolean
    eventReceiver: boolean
    eventGenerator: boolean
    bridge: boolean
    chassis: boolean
  }
}

const manufacturers: Readonly<Record<number, string>> = {
  2: 'IBM',
  11: 'Hewlett Packard Enterprise',
  42: 'Sun',
  343: 'Intel',
  674: 'Dell',
  2623: 'ASUSTeK',
  4413: 'Broadcom',
  5771: 'Cisco',
  7244: 'Quanta',
  10297: 'Advantech',
  10368: 'Fujitsu',
  10876: 'Supermicro',
  15370: 'GIGABYTE',
  19046: 'Lenovo',
  20974: 'Nokia',
  42817: 'IBM OpenBMC',
  47488: 'Supermicro',
  49622: 'ASRock Rack',
  49871: 'OpenBMC',
}

/** Get Device ID: who the BMC is. @see IPMI 2.0 §20.1 */
export function getDeviceId(): IpmiCommand<DeviceId> {
  return {
    name: 'Get Device ID',
    netFn: netFn.app,
    command: 0x01,
    data: new Uint8Array(0),
    privilege: 'user',
    isRepeatable: true,
    decode: decodeDeviceId,
  }
}

function decodeDeviceId(data: Buffer): DeviceId {
  const r = reader(data, 'Get Device ID')
  const [deviceId, revision, major, minor, version, support] = [
    r.u8(),
    r.u8(),
    r.u8(),
    r.u8(),
    r.u8(),
    r.u8(),
  ]
  const manufacturerId = r.u24() & 0x0f_ffff
  const bit = (n: number): boolean => (support & (1 << n)) !== 0
  return {
    deviceId,
    deviceRevision: revision & 0x0f,
    providesSdrs: (revision & 0x80) !== 0,
    isUpdating: (major & 0x80) !== 0,
    firmware: `${major & 0x7f}.${minor.toString(16).padStart(2, '0')}`,
    ipmiVersion: `${version & 0x0f}.${version >> 4}`,
    manufacturerId,
    manufacturerName: manufacturers[manufacturerId],
    productId: r.u16(),
    supports: {
      sensors: bit(0),
      sdrRepository: bit(1),
      sel: bit(2),
      fru: bit(3),
      eventReceiver: bit(4),
      eventGenerator: bit(5),
      bridge: bit(6),
      chassis: bit(7),
    },
  }
}
