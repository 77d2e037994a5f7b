import type { MachineState, Observed } from '../../../server/contract/state.ts'
import type { PowerWords } from './words.ts'

/** "Power on. No network since 22:15.": what is known of the machine now. `begun` tells since when something is so. */
export function machineLine(
  state: MachineState | undefined,
  words: PowerWords,
  begun: (of: Observed<unknown>) => string,
): string {
  const power = state?.power.value ?? 'unknown'
  return `${words.power[power]}${words.space}${networkText(state, words, begun)}`
}

function networkText(
  state: MachineState | undefined,
  words: PowerWords,
  begun: (of: Observed<unknown>) => string,
): string {
  const results = (state?.checks ?? []).map(({ result }) => result).filter(({ value }) => value !== null)
  if (results.length === 0) return words.network.unknown
  if (results.some(({ value }) => value === 'answers' || value === 'refused')) return words.network.answers
  const since = begun(results.reduce((last, result) => (result.since > last.since ? result : last)))
  const isSilent = results.some(({ value }) => value === 'silent')
  return isSilent ? words.network.silent(since) : words.network.none(since)
}
