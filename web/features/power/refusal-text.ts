import type { PowerVerb } from '../../../server/contract/power.ts'
import type { MachineState, Observed } from '../../../server/contract/state.ts'
import type { ApiErrorCode } from '../../api/api-error.ts'
import type { PowerWords } from './words.ts'

export type RefusalFacts = {
  code: ApiErrorCode
  details: Record<string, unknown>
  verb: PowerVerb
  name: string
  state: MachineState | undefined
}

/** Why the bar is not there, in words; null for failures that have no words of their own here. */
export function refusalText(
  { code, details, verb, name, state }: RefusalFacts,
  words: PowerWords,
  format: { begun(of: Observed<unknown>): string; ago(at: number): string },
): string | null {
  const said = words.refusal
  switch (code) {
    case 'power/looksOff':
      return verb === 'reset' ? said.looksOffReset(name) : said.looksOff(name)
    case 'power/looksOn':
      return said.looksOn(name)
    case 'power/busy':
      return busyText(details, said, format)
    case 'power/noWay': {
      const reachable = state?.kvm?.reachable
      return reachable?.value === false ? said.noWaySilent(format.begun(reachable)) : said.noWay
    }
    case 'power/nameNeeded':
      return words.typeName(name)
    case 'access/forbidden':
      return said.forbidden
    case 'device/unreachable':
      return said.unreachable
    case 'device/unsupported':
      return said.unsupported
    // These are of the question what a hold would do: nothing can have been pressed yet.
    case 'link/lost':
    case 'link/timeout':
      return said.noAnswer
    case 'link/foreign':
      return said.foreignAnswer
    case 'server/internal':
      return said.serverFault
    default:
      return null
  }
}

/** Who does what to it now. */
function busyText(
  { by, since, verb }: Record<string, unknown>,
  said: PowerWords['refusal'],
  { ago }: { ago(at: number): string },
): string {
  const sentences: Partial<Record<PowerVerb, (by: string, ago: string) => string>> = {
    on: said.busyOn,
    off: said.busyOff,
    hardOff: said.busyOff,
    ctrlAltDel: said.busyKeys,
    sysrqKey: said.busyKeys,
  }
  const sentence = sentences[verb as PowerVerb] ?? said.busy
  return sentence(String(by ?? ''), ago(Number(since ?? 0)))
}

/** The next step that the page offers for a refusal. */
export function nextStepOf(code: ApiErrorCode): 'powerOn' | 'watch' | 'showWhere' | 'checkAgain' | 'none' {
  switch (code) {
    case 'power/looksOff':
      return 'powerOn'
    case 'power/busy':
      return 'watch'
    case 'power/noWay':
    case 'device/unreachable':
      return 'showWhere'
    case 'access/forbidden':
    case 'power/looksOn':
    case 'device/unsupported':
      return 'none'
    default:
      return 'checkAgain'
  }
}
