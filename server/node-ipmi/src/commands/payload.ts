import { netFn } from '../wire/lan-message.ts'
import { type IpmiCommand, nothing, reader } from './command.ts'

const solType = 0x01

export interface SolActivation {
  /** Most bytes of a SOL payload that the BMC takes, header included. */
  inboundSize: number
  /** Most bytes of a SOL payload that it sends. */
  outboundSize: number
  port: number
}

export interface SolActivationOptions {
  instance: number
  encrypts: boolean
  authenticates: boolean
  /** Sets the CTS bit (quirk intelplus). */
  assertsCts: boolean
}

/** Activate Payload for SOL. @see IPMI 2.0 §24.1 */
export function activateSol(options: SolActivationOptions): IpmiCommand<SolActivation> {
  const aux =
    (options.encrypts ? 0x80 : 0) | (options.authenticates ? 0x40 : 0) | (options.assertsCts ? 0x02 : 0)
  return {
    name: 'Activate Payload (SOL)',
    netFn: netFn.app,
    command: 0x48,
    data: Uint8Array.of(solType, options.instance, aux, 0, 0, 0),
    privilege: 'operator',
    isRepeatable: false,
    completionCodes: {
      0x80: 'the console is already in use by another session',
      0x81: 'SOL is disabled',
      0x82: 'no more SOL sessions are allowed',
      0x83: 'SOL cannot be encrypted here',
      0x84: 'SOL must be encrypted here',
    },
    decode(data) {
      const r = reader(data, 'Activate Payload')
      r.skip(4)
      return { inboundSize: r.u16(), outboundSize: r.u16(), port: r.u16() }
    },
  }
}

/** Deactivate Payload for SOL; also ends somebody else's, which is how a stale one is taken over. @see IPMI 2.0 §24.2 */
export function deactivateSol(instance: number): IpmiCommand<void> {
  return {
    name: 'Deactivate Payload (SOL)',
    netFn: netFn.app,
    command: 0x49,
    data: Uint8Array.of(solType, instance, 0, 0, 0, 0),
    privilege: 'operator',
    isRepeatable: true,
    completionCodes: { 0x80: 'SOL was already inactive', 0x81: 'SOL is disabled' },
    decode: nothing,
  }
}

/** Which SOL instances are in use. @see IPMI 2.0 §24.4 */
export function getSolActivation(): IpmiCommand<{ capacity: number; activeInstances: number[] }> {
  return {
    name: 'Get Payload Activation Status',
    netFn: netFn.app,
    command: 0x4a,
    data: Uint8Array.of(solType),
    privilege: 'user',
    isRepeatable: true,
    decode(data) {
      const r = reader(data, 'Get Payload Activation Status')
      const [capacity, mask] = [r.u8() & 0x0f, r.u16()]
      const active = Array.from({ length: 16 }, (_, i) => i + 1).filter((i) => (mask & (1 << (i - 1))) !== 0)
      return { capacity, activeInstances: active }
    },
  }
}

/** The BMC's id of the session that has this SOL instance; 0 when nobody has. @see IPMI 2.0 §24.5 */
export function getSolOwner(instance: number): IpmiCommand<number> {
  return {
    name: 'Get Payload Instance Info',
    netFn: netFn.app,
    command: 0x4b,
    data: Uint8Array.of(solType, instance),
    privilege: 'user',
    isRepeatable: true,
    decode: (data) => reader(data, 'Get Payload Instance Info').u32(),
  }
}

/** Whether the channel carries SOL at all. @see IPMI 2.0 §24.8 */
export function getChannelPayloadSupport(channel = 0x0e): IpmiCommand<{ supportsSol: boolean }> {
  return {
    name: 'Get Channel Payload Support',
    netFn: netFn.app,
    command: 0x4e,
    data: Uint8Array.of(channel),
    privilege: 'user',
    isRepeatable: true,
    decode: (data) => ({ supportsSol: (reader(data, 'Get Channel Payload Support').u8() & 0x02) !== 0 }),
  }
}
