import type { MachineState } from '../../../server/contract/state.ts'
import type { PowerWords } from './words.ts'

/** "Power on. No network since 22:15.": what is known of the machine now. `clock` formats a time. */
export function machineLine(
  state: MachineState | undefined,
  words: PowerWords,
  clock: (at: number) => string,
): string {
  const power = state?.power.value ?? 'unknown'
  return `${words.power[power]}${words.space}${networkText(state, words, clock)}`
}

function networkText(
  state: MachineState | undefined,
  words: PowerWords,
  clock: (at: number) => string,
): string {
  const results = (state?.checks ?? []).map(({ result }) => result).filter(({ value }) => value !== null)
  if (results.length === 0) return words.network.unknown
  if (results.some(({ value }) => value === 'answers' || value === 'refused')) return words.network.answers
  const since = clock(Math.max(...results.map((result) => result.since)))
  const isSilent = results.some(({ value }) => value === 'silent')
  return isSilent ? words.network.silent(since) : words.network.none(since)
}
