import { chassisControl, type IpmiClient } from 'node-ipmi'
import type { PowerControl, SendOutcome } from '../driver.ts'
import { deviceError } from './device-error.ts'

/** Power by chassis control. One request at most: `unknown` when the BMC may have got it and did not say so. */
export function createPower(parts: { client: IpmiClient; now(): number; onSent(): void }): PowerControl {
  return {
    async send(signal, abort): Promise<SendOutcome> {
      const { client, now, onSent } = parts
      if (signal.target !== 'ipmi') return { outcome: 'notSent', reason: 'device/unsupported', at: now() }
      const result = await client.act(chassisControl(signal.command), { signal: abort })
      if (result.outcome !== 'notSent') onSent()
      if (result.outcome === 'acknowledged') return { outcome: 'acknowledged', reason: '', at: now() }
      return { outcome: result.outcome, reason: deviceError(result.error).code, at: now() }
    },
  }
}
