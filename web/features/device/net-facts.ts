import type { MachineState, Observed } from '../../../server/contract/state.ts'
import type { en } from './check-words.ts'

/** One observed fact in words. `since`, `at`: null while nothing was observed. `said`: the device's own text. */
export type NetFact = {
  key: string
  label: string
  text: string
  said: string | null
  since: number | null
  at: number | null
}

/** What the network says of a machine: ping, TCP and each of its checks, each with its own times. */
export function netFacts({ net, checks }: MachineState, w: typeof en): NetFact[] {
  if (checks.length === 0) return []
  return [
    { key: 'ping', label: w.ping, said: null, ...timed(net.ping, pingText(net, w)) },
    { key: 'tcp', label: w.connect, said: null, ...timed(net.connect, connectText(net, w)) },
    ...checks.map(({ checkId, label, result, said }) => ({
      key: checkId,
      label,
      said,
      ...timed(result, result.value === null ? w.checking : w.result[result.value]),
    })),
  ]
}

function pingText({ ping, pingProblem }: MachineState['net'], w: typeof en): string {
  if (pingProblem !== null) return w.pingProblem[pingProblem]
  if (ping.value === null) return w.pingWaiting
  return ping.value ? w.pingYes : w.pingNo
}

function connectText({ connect }: MachineState['net'], w: typeof en): string {
  return connect.value === null ? w.checking : w.connects[connect.value]
}

function timed({ value, since, observedAt }: Observed<unknown>, text: string) {
  return value === null ? { text, since: null, at: null } : { text, since, at: observedAt }
}
