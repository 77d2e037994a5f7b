import type { CheckState, MachineState, Observed } from '../../../server/contract/state.ts'
import type { en } from './check-words.ts'

/** One observed fact in words. `since`, `at`: null while nothing was observed. `said`: the device's own text. */
export type NetFact = {
  key: string
  label: string
  text: string
  said: string | null
  since: number | null
  /** Nobody saw it begin. */
  maybeLonger?: true
  at: number | null
}

/** What the network says of a machine: ping, TCP and each of its checks, each with its own times. */
export function netFacts({ net, checks }: MachineState, w: typeof en): NetFact[] {
  if (checks.length === 0) return []
  return [
    { key: 'ping', label: w.ping, said: null, ...timed(net.ping, pingText(net, w)) },
    { key: 'tcp', label: w.connect, said: null, ...timed(net.connect, connectText(net, checks, w)) },
    ...lanFact(net.lan, w),
    ...checks.map((check) => ({
      key: check.checkId,
      label: check.label,
      said: check.said,
      ...checkFact(check, w),
    })),
  ]
}

/** Whose hardware answers for the address, where that can be known. */
function lanFact(lan: MachineState['net']['lan'], w: typeof en): NetFact[] {
  if (!lan?.value) return []
  const { value, since, observedAt: at, maybeLonger } = lan
  const fact = { key: 'lan', label: w.mac, since, at, ...(maybeLonger && { maybeLonger }) }
  switch (value.kind) {
    case 'same':
      return [{ ...fact, text: w.lan.same(value.mac), said: null }]
    case 'moved':
      return [{ ...fact, text: w.lan.moved(value.to), said: w.lanSaid.moved(value.mac) }]
    case 'taken':
      return [{ ...fact, text: w.lan.taken, said: w.lanSaid.taken(value.by, value.mac) }]
  }
}

/** That a name leads nowhere is a fact with its age too. */
function checkFact({ result, nameProblem }: CheckState, w: typeof en) {
  if (nameProblem !== undefined)
    return { text: w.nameProblem[nameProblem], since: result.since, at: result.observedAt }
  return timed(result, result.value === null ? w.checking : w.result[result.value])
}

function pingText({ ping, pingProblem }: MachineState['net'], w: typeof en): string {
  if (pingProblem !== null) return w.pingProblem[pingProblem]
  if (ping.value === null) return w.pingWaiting
  return ping.value ? w.pingYes : w.pingNo
}

function connectText({ connect }: MachineState['net'], checks: CheckState[], w: typeof en): string {
  if (connect.value !== null) return w.connects[connect.value]
  const problem = checks.find(({ nameProblem }) => nameProblem !== undefined)?.nameProblem
  return problem === undefined ? w.checking : w.nameProblem[problem]
}

function timed({ value, since, observedAt, maybeLonger }: Observed<unknown>, text: string) {
  if (value === null) return { text, since: null, at: null }
  return { text, since, at: observedAt, ...(maybeLonger && { maybeLonger }) }
}
