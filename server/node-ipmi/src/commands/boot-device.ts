import { netFn } from '../wire/lan-message.ts'
import { type IpmiCommand, nothing, reader } from './command.ts'

/** Boot devices that the specification names. @see IPMI 2.0 table 28-14 */
export const bootDevice = {
  none: 0,
  network: 1,
  disk: 2,
  'disk-safe-mode': 3,
  diagnostics: 4,
  cd: 5,
  setup: 6,
  'remote-floppy': 7,
  'remote-cd': 8,
  'remote-media': 9,
  'remote-disk': 11,
  floppy: 15,
} as const
export type BootDevice = keyof typeof bootDevice

export interface BootChoice {
  device: BootDevice | 'unknown'
  /** False: for the next boot only. */
  isPersistent: boolean
  isEfi: boolean
  /** False when nothing is set. */
  isValid: boolean
}

const bootFlags = 0x05
const setInProgress = 0x00
const validBitClearing = 0x03
const infoAcknowledge = 0x04

/** Chooses the boot device for the next boot, or for good. @see IPMI 2.0 §28.12 */
export function setBootDevice(
  device: BootDevice,
  options: { isPersistent?: boolean; isEfi?: boolean } = {},
): IpmiCommand<void> {
  const flags = 0x80 | (options.isPersistent ? 0x40 : 0) | (options.isEfi ? 0x20 : 0)
  return setBootOption('Set System Boot Options (boot flags)', [
    bootFlags,
    flags,
    bootDevice[device] << 2,
    0,
    0,
    0,
  ])
}

/**
 * Has the BMC keep the boot flags until the machine starts: not only for a minute, and also over a start by the reset
 * or power button. They still end with a reset by watchdog or event filter. Send it before `setBootDevice`; BMCs
 * without it refuse, and then forget a choice after a minute. @see IPMI 2.0 table 28-14, parameter 3
 */
export function keepBootFlags(): IpmiCommand<void> {
  const [notByTimeout, notByReset, notByPowerButton] = [0x08, 0x02, 0x01]
  return setBootOption('Set System Boot Options (valid bit clearing)', [
    validBitClearing,
    notByTimeout | notByReset | notByPowerButton,
  ])
}

/** Marks the boot flags of an earlier start as handled, which some BMCs want before they take new ones. */
export function acknowledgeBootInfo(): IpmiCommand<void> {
  return setBootOption('Set System Boot Options (acknowledge)', [infoAcknowledge, 0x01, 0x01])
}

/** Opens (1) or ends (0) a change of boot options; BMCs without it answer with an error that may be ignored. */
export function setBootInProgress(state: 0 | 1): IpmiCommand<void> {
  return setBootOption('Set System Boot Options (set in progress)', [setInProgress, state])
}

function setBootOption(name: string, data: readonly number[]): IpmiCommand<void> {
  return {
    name,
    netFn: netFn.chassis,
    command: 0x08,
    data: Uint8Array.from(data),
    privilege: 'operator',
    isRepeatable: true,
    completionCodes: {
      0x80: 'the BMC does not know this boot parameter',
      0x81: 'a change is already in progress',
    },
    decode: nothing,
  }
}

/** Reads the boot device chosen. */
export function getBootDevice(): IpmiCommand<BootChoice> {
  return {
    name: 'Get System Boot Options (boot flags)',
    netFn: netFn.chassis,
    command: 0x09,
    data: Uint8Array.of(bootFlags, 0, 0),
    privilege: 'operator',
    isRepeatable: true,
    completionCodes: { 0x80: 'the BMC does not know this boot parameter' },
    decode: decodeBootFlags,
  }
}

function decodeBootFlags(data: Buffer): BootChoice {
  const r = reader(data, 'Get System Boot Options')
  r.skip(2)
  const [flags, device] = [r.u8(), r.u8()]
  const number = (device >> 2) & 0x0f
  const found = Object.entries(bootDevice).find(([, value]) => value === number)?.[0]
  return {
    device: (found as BootDevice | undefined) ?? 'unknown',
    isPersistent: (flags & 0x40) !== 0,
    isEfi: (flags & 0x20) !== 0,
    isValid: (flags & 0x80) !== 0,
  }
}
