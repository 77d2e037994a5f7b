import type { SimMachine } from '../../../server/sim/machine/machine.ts'
import type { NetworkTruth, Truth } from './judge.ts'

/** Writes down what truly happens to a machine, by this clock (ms since the epoch). */
export function watchMachine(
  machine: SimMachine,
  now: () => number,
): { truth: Truth[]; network: NetworkTruth[] } {
  const truth: Truth[] = []
  const network: NetworkTruth[] = []
  let { bootCount, isOn } = machine
  const note = (): void => {
    const at = now()
    if (machine.bootCount > bootCount) truth.push({ at, what: isOn ? 'restarted' : 'cameOn' })
    else if (isOn && !machine.isOn) truth.push({ at, what: 'wentOff' })
    bootCount = machine.bootCount
    isOn = machine.isOn
    const answers = machine.network === 'answers'
    if (network.at(-1)?.answers !== answers) network.push({ at, answers })
  }
  machine.subscribe(note)
  note()
  return { truth, network }
}
