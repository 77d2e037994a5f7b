import { netFn } from '../wire/lan-message.ts'
import { type IpmiCommand, nothing, reader } from './command.ts'

/** What a machine does when mains power comes back. */
export type PowerRestorePolicy = 'stay-off' | 'last-state' | 'always-on' | 'unknown'

export interface ChassisStatus {
  isPowered: boolean
  hasOverload: boolean
  hasInterlock: boolean
  hasPowerFault: boolean
  hasPowerControlFault: boolean
  restorePolicy: PowerRestorePolicy
  /** Why power last went away, as far as the BMC knows. */
  lastPowerEvent: {
    acFailed: boolean
    overload: boolean
    interlock: boolean
    fault: boolean
    onByIpmi: boolean
  }
  isIntruded: boolean
  isFrontPanelLocked: boolean
  hasDriveFault: boolean
  hasCoolingFault: boolean
  identify: 'off' | 'timed' | 'on' | 'unknown'
}

const policies = ['stay-off', 'last-state', 'always-on', 'unknown'] as const
const identifyStates = ['off', 'timed', 'on', 'unknown'] as const

/** Get Chassis Status. @see IPMI 2.0 §28.2 */
export function getChassisStatus(): IpmiCommand<ChassisStatus> {
  return {
    name: 'Get Chassis Status',
    netFn: netFn.chassis,
    command: 0x01,
    data: new Uint8Array(0),
    privilege: 'user',
    isRepeatable: true,
    decode: decodeChassisStatus,
  }
}

function decodeChassisStatus(data: Buffer): ChassisStatus {
  const r = reader(data, 'Get Chassis Status')
  const [power, last, misc] = [r.u8(), r.u8(), r.u8()]
  const knowsIdentify = (misc & 0x40) !== 0
  return {
    isPowered: (power & 0x01) !== 0,
    hasOverload: (power & 0x02) !== 0,
    hasInterlock: (power & 0x04) !== 0,
    hasPowerFault: (power & 0x08) !== 0,
    hasPowerControlFault: (power & 0x10) !== 0,
    restorePolicy: policies[(power >> 5) & 3] ?? 'unknown',
    lastPowerEvent: {
      acFailed: (last & 0x01) !== 0,
      overload: (last & 0x02) !== 0,
      interlock: (last & 0x04) !== 0,
      fault: (last & 0x08) !== 0,
      onByIpmi: (last & 0x10) !== 0,
    },
    isIntruded: (misc & 0x01) !== 0,
    isFrontPanelLocked: (misc & 0x02) !== 0,
    hasDriveFault: (misc & 0x04) !== 0,
    hasCoolingFault: (misc & 0x08) !== 0,
    identify: knowsIdentify ? (identifyStates[(misc >> 4) & 3] ?? 'unknown') : 'unknown',
  }
}

/** Power actions. `nmi` is the diagnostic interrupt, `soft` asks the operating system by ACPI. */
export const chassisAction = { off: 0, on: 1, cycle: 2, reset: 3, nmi: 4, soft: 5 } as const
export type ChassisAction = keyof typeof chassisAction

/** Chassis Control. Send it through `client.act`, which says whether it may have happened. @see IPMI 2.0 §28.3 */
export function chassisControl(action: ChassisAction): IpmiCommand<void> {
  return {
    name: `Chassis Control (${action})`,
    netFn: netFn.chassis,
    command: 0x02,
    data: Uint8Array.of(chassisAction[action]),
    privilege: 'operator',
    isRepeatable: false,
    isPower: true,
    decode: nothing,
  }
}

/** Chassis Identify: blink the light for some seconds (0 turns it off), or for good with `'on'`. @see IPMI 2.0 §28.5 */
export function chassisIdentify(seconds: number | 'on'): IpmiCommand<void> {
  const data = seconds === 'on' ? Uint8Array.of(0, 1) : Uint8Array.of(Math.max(0, Math.min(255, seconds)))
  return {
    name: 'Chassis Identify',
    netFn: netFn.chassis,
    command: 0x04,
    data,
    privilege: 'operator',
    isRepeatable: true,
    decode: nothing,
  }
}

/** Set Power Restore Policy; gives the policies that the chassis can do. @see IPMI 2.0 §28.8 */
export function setPowerRestorePolicy(
  policy: Exclude<PowerRestorePolicy, 'unknown'>,
): IpmiCommand<readonly PowerRestorePolicy[]> {
  return {
    name: 'Set Power Restore Policy',
    netFn: netFn.chassis,
    command: 0x06,
    data: Uint8Array.of(policies.indexOf(policy)),
    privilege: 'operator',
    isRepeatable: true,
    decode(data) {
      const mask = reader(data, 'Set Power Restore Policy').u8()
      return policies.filter((name, bit) => name !== 'unknown' && (mask & (1 << bit)) !== 0)
    },
  }
}

const restartCauses = [
  'unknown',
  'chassis control command',
  'reset button',
  'power button',
  'watchdog',
  'oem',
  'power restored, always on',
  'power restored, last state',
  'event filter: reset',
  'event filter: power cycle',
  'soft reset',
  'clock wake-up',
] as const
export type RestartCause = (typeof restartCauses)[number]

/** Get System Restart Cause. @see IPMI 2.0 §28.11 */
export function getRestartCause(): IpmiCommand<{ cause: RestartCause; channel: number }> {
  return {
    name: 'Get System Restart Cause',
    netFn: netFn.chassis,
    command: 0x07,
    data: new Uint8Array(0),
    privilege: 'user',
    isRepeatable: true,
    decode(data) {
      const r = reader(data, 'Get System Restart Cause')
      const cause = restartCauses[r.u8() & 0x0f] ?? 'unknown'
      return { cause, channel: r.remaining > 0 ? r.u8() : 0 }
    },
  }
}
