import type { Action } from '../../../server/contract/power.ts'
import type { CheckState, KvmState } from '../../../server/contract/state.ts'
import type { NamedPath } from '../../api/named-path.ts'
import { formatSpan } from '../../locales/times.ts'
import { pathName } from '../../locales/path-words.ts'
import { cameUpSince, firmwareSeen } from '../power/catch-state.ts'
import type { DeviceWords } from './words.ts'

/** A Pi slows itself down from 80 °C on. */
const hotFromC = 75

/** "reset by PiKVM": what a hard reboot over this path would be, in words. A BMC resets where a KVM would see it. */
export function howText(path: NamedPath, kvm: KvmState | null, words: DeviceWords): string {
  const by = pathName(path, words.path)
  if (path.wiring === 'ipmi') return seesReset(kvm) ? words.how.reset(by) : words.how.cycle(by)
  return path.wiring === 'atx' || path.wiring === 'resetButton' ? words.how.reset(by) : words.how.cycle(by)
}

/** Would this KVM see a reset at once, by picture or USB? The rule of the server. */
function seesReset(kvm: KvmState | null): boolean {
  if (kvm?.reachable.value !== true) return false
  const { streamerRunning, signal, keyboardOnline, mouseOnline } = kvm
  const hasSignal = streamerRunning.value !== false && signal.value?.present === true
  return hasSignal || keyboardOnline.value === true || mouseOnline.value === true
}

/**
 * Does the machine answer over the network, by its checks? A refusal or a wrong answer proves that the host lives; accepting and then
 * saying nothing does not. Null when nobody knows.
 */
export function netAnswers(checks: readonly CheckState[]): boolean | null {
  const results = checks.map((check) => check.result.value).filter((value) => value !== null)
  if (results.length === 0) return null
  return results.some((value) => value !== 'noAnswer' && value !== 'silent')
}

/** The disk's light as it is now (or was last, unless `isLive`); empty while nobody knows that it is wired. */
export function diskText(
  { hddActive, hddWasLit }: KvmState,
  words: DeviceWords,
  clock: (at: number) => string,
  isLive: boolean,
): string {
  if (hddWasLit !== true || hddActive.value === null) return ''
  if (hddActive.value) return isLive ? words.disk.onNow : words.disk.on
  return words.disk.off(clock(hddActive.since))
}

/** What the KVM itself suffers from: heat, or being slowed down for it or for want of power. Empty when it is well. */
export function kvmCareText(
  { throttled, cpuTemperatureC: { value: celsius } }: KvmState,
  words: DeviceWords,
  clock: (at: number) => string,
): string {
  if (throttled.value === true) {
    const time = clock(throttled.since)
    return celsius === null ? words.throttled(time) : words.throttledAt(celsius, time)
  }
  return celsius !== null && celsius >= hotFromC ? words.hot(celsius) : ''
}

/** Was it asked for only to see whether that way works? */
export function isTry({ steps: [first] }: Action): boolean {
  return first?.type === 'accepted' && first.isTry === true
}

/** One action's end in a line: "restarted · back after 3:52", or that it still runs. */
export function outcomeText(action: Action, words: DeviceWords): string {
  if (action.effect === null) return words.running
  const back = backText(action, words)
  return back === '' ? words.effect[action.effect] : `${words.effect[action.effect]} · ${back}`
}

const shownForMs = 3_600_000

/** The newest action of the last hour and when it ended (while it runs: was asked for); `actions` newest first. */
export function lastActionOf(actions: readonly Action[], now: number): { action: Action; at: number } | null {
  const [action] = actions
  if (action === undefined) return null
  const at = action.endedAt ?? action.acceptedAt
  return now - at < shownForMs ? { action, at } : null
}

/**
 * "Hard reboot: back after 0:24": what was asked for, and only the last word on what came of it. `checks`: the machine's,
 * as they are now; one that answered since somebody saw the firmware knows better.
 */
export function lastActionText(action: Action, checks: readonly CheckState[], words: DeviceWords): string {
  const asked = action.verb === 'reset' ? words.hardRebooted : words.verb[action.verb]
  const seen = firmwareSeen(action)
  const answered = seen && cameUpSince(seen, checks)
  if (answered !== null) return `${asked}: ${words.cameUp(answered)}`
  const isSettled = action.back === 'back' || seen !== null
  return `${asked}: ${isSettled ? backText(action, words) : outcomeText(action, words)}`
}

function backText(action: Action, words: DeviceWords): string {
  const seen = firmwareSeen(action)
  if (seen !== null) return (seen.aim === 'setup' ? words.inSetup : words.inMenu)(seen.by)
  if (action.back === null) return ''
  if (action.back !== 'back') return words.back[action.back]
  const pressedAt = action.steps.find((step) => step.type === 'pressed')?.at
  const backAt = action.steps.find((step) => step.type === 'back' && step.verdict === 'back')?.at
  if (pressedAt === undefined || backAt === undefined) return words.back.backPlain
  return words.back.back(formatSpan(backAt - pressedAt))
}
