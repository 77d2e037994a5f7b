import type { Action, EvidenceKind, WatchedFact } from '../../../server/contract/power.ts'
import { formatSpan } from '../../locales/times.ts'
import { hasNothingChanged, type LogWhat, type Verdict } from './action-log.ts'
import type { Said } from './log-words.ts'
import type { PowerWords } from './words.ts'

/** A line of the log in words. */
export function lineText(what: LogWhat, words: PowerWords): string {
  const { step } = words
  switch (what.type) {
    case 'pressing':
    case 'pressed':
    case 'waitingRung':
      return step[what.type](buttonText(what.button, words))
    case 'stopAsked':
      return step.stopAsked(what.by)
    case 'evidence':
      return what.kind === 'checkAnswers' ? words.checkAnswers(what.label) : words.evidence[what.kind]
    case 'restartSeen':
      return words.restartSeen(words.proof[what.kind] ?? words.evidence[what.kind])
    case 'waitingNetwork':
      return what.usualMs === null ? step.waitingNetwork : step.waitingNetworkUsual(formatSpan(what.usualMs))
    case 'notSent':
      return `${step.notSent}: ${words.reason[what.reason] ?? words.reasonOther}`
    default:
      return step[what.type]
  }
}

function buttonText(button: string, words: PowerWords): string {
  const letter = button.replace(/^sysrq:/, '')
  return words.button[button] ?? (letter === button ? button : words.sysrq(letter.toUpperCase()))
}

/** "at once", "+0.4 s" to ten seconds, "+34 s" to a minute, then "+3:40". */
export function afterText(afterMs: number, words: PowerWords): string {
  return afterMs < 50 ? words.atOnce : plusText(afterMs, words)
}

function plusText(afterMs: number, words: PowerWords): string {
  if (afterMs >= 60_000) return `+${formatSpan(afterMs)}`
  const seconds = Math.max(0, afterMs) / 1000
  return words.afterSeconds(seconds < 9.95 ? seconds.toFixed(1) : String(Math.round(seconds)))
}

/** The verdict's sentence: the bold part and the rest. */
export function verdictText(verdict: Verdict, verb: Action['verb'], words: PowerWords): Said {
  const said = words.verdict
  switch (verdict.type) {
    case 'restarted':
      return verdict.isLate ? said.late(formatSpan(verdict.afterMs)) : said.restarted
    case 'poweredOn':
      return verdict.isLate ? said.lateOn(formatSpan(verdict.afterMs)) : said.poweredOn
    case 'back': {
      const checks = verdict.labels.map((label) => words.checkAnswers(label)).join(', ')
      return said.back(formatSpan(verdict.afterMs), checks)
    }
    case 'notBack':
      return (verdict.wasOff ? said.notBackOn : said.notBack)(formatSpan(verdict.afterMs))
    case 'inFirmware':
      return verdict.aim === 'setup' ? said.inSetup(verdict.by) : said.inMenu(verdict.by)
    case 'cameUp':
      return (verdict.aim === 'setup' ? said.upSinceSetup : said.upSinceMenu)(verdict.label, verdict.by)
    case 'up':
      return verdict.verb === 'on' ? said.poweredOnOnly : said.restartedOnly
    case 'poweredOff':
      return verdict.isUnfinished ? said.poweredOffUnfinished : said.poweredOff
    case 'notSent':
      return said.notSent(words.reason[verdict.reason] ?? words.reasonOther)
    case 'stopped': {
      const list = (keys: readonly string[]): string =>
        keys.map((key) => key.slice(-1).toUpperCase()).join(', ')
      return said.stopped(list(verdict.sent), list(verdict.left))
    }
    case 'unknown':
      return unknownText(verdict, verb, words)
    default:
      return said[verdict.type]
  }
}

function unknownText(
  verdict: Extract<Verdict, { type: 'unknown' }>,
  verb: Action['verb'],
  words: PowerWords,
): Said {
  const said = words.verdict
  if (verdict.isFirstHalf) return verdict.wasPressed ? said.unknownHalf : said.unknownHalfMaybe
  if (verdict.hints.length > 0) {
    const seen = [...new Set(verdict.hints)].map((kind) => words.evidence[kind]).join(', ')
    return said.unknownHints(seen, aimOf(verb))
  }
  if (!hasNothingChanged(verdict)) {
    const outlook = outlookText(verdict, words)
    return verdict.wasPressed ? said.cannotTell(outlook) : said.cannotTellAnswer(outlook)
  }
  const asBefore = verdict.asBefore.map((fact) => words.proof[proofOf[fact]] ?? fact)
  if (!verdict.wasPressed) return said.unknownAnswer(asBefore)
  if (verb === 'sysrqReboot' || verb === 'sysrqKey') return said.unknownSysrq(asBefore)
  return verb === 'reset' ? said.unknownReset(asBefore) : said.unknown(asBefore)
}

const proofOf = {
  led: 'ledOn',
  usb: 'usbOnline',
  signal: 'signalBack',
  network: 'networkBack',
  chassis: 'chassisOn',
} as const satisfies Record<WatchedFact, EvidenceKind>

/** Why nobody can say what came of it. */
function outlookText(
  { kvmGoneMs, wasKvmAway }: Extract<Verdict, { type: 'unknown' }>,
  words: PowerWords,
): string {
  const { outlook } = words
  if (kvmGoneMs !== null) return outlook.gone(plusText(kvmGoneMs, words))
  return wasKvmAway ? outlook.away : outlook.blind
}

/** What should have happened. */
function aimOf(verb: Action['verb']): 'on' | 'off' | 'restart' {
  if (verb === 'on') return 'on'
  return verb === 'off' || verb === 'hardOff' ? 'off' : 'restart'
}
