import type { Check } from '../contract/inventory.ts'
import type {
  BmcState,
  CheckResult,
  HealthCause,
  HealthState,
  KvmState,
  NameProblem,
} from '../contract/state.ts'
import { machinePower } from './machine-power.ts'

/** What one check found; null before the first look. */
type Finding = { kind: Check['kind']; result: CheckResult | null }
type Known = { kind: Check['kind']; result: CheckResult }
export type HealthInput = {
  checks: readonly Finding[]
  /** The names of all of them lead nowhere, and why. */
  nameProblem?: NameProblem | null
  /** Whether ping answers now; null when nobody knows. */
  ping?: boolean | null
  kvm: KvmState | null
  bmc?: BmcState | null
  /** Crashcart's own network is in doubt: silence may be its own. */
  isCutOff: boolean
  /** Crashcart has just started and heard too little to call silence somebody else's. */
  isSettling?: boolean
  now: number
}
export type Judgement = { health: HealthState; cause: HealthCause }

/** A KVM that is away this long makes a machine that answers worth a look. A restarting PiKVM needs a minute. */
const kvmAwayMs = 120_000

/**
 * Health of a machine from what is known now. The picture's signal is never asked: consoles blank. The power LED
 * counts only as the driver reports it (never for an LED that is not wired), and network life outweighs it. A port
 * that merely accepts is weak: a hung machine's kernel still does, so it does not outweigh a service that stays silent.
 */
export function judgeHealth(input: HealthInput): Judgement {
  const known = input.checks.filter((check): check is Known => check.result !== null)
  if (known.length > 0) return judgeByChecks(known, input)
  if (isOff(input)) return { health: 'down', cause: 'poweredOff' }
  if (input.checks.length > 0) return { health: 'unknown', cause: causeOfNoLook(input.nameProblem ?? null) }
  return judgeByDevices(input)
}

function causeOfNoLook(problem: NameProblem | null): HealthCause {
  if (problem === null) return 'checking'
  return problem === 'notFound' ? 'nameNotFound' : 'dnsSilent'
}

function judgeByChecks(known: readonly Known[], input: HealthInput): Judgement {
  const results = new Set(known.map(({ result }) => result))
  if (results.has('silent')) return judgeSilence(known)
  if (results.has('refused')) return { health: 'degraded', cause: 'refused' }
  if (results.has('wrong')) return { health: 'degraded', cause: 'wrongAnswer' }
  if (!results.has('answers')) return judgeNoAnswer(input)
  if (results.has('noAnswer')) return { health: 'degraded', cause: 'partly' }
  const { kvm, now } = input
  const isKvmAway = kvm?.reachable.value === false && now - kvm.reachable.since >= kvmAwayMs
  return isKvmAway ? { health: 'degraded', cause: 'kvmUnreachable' } : { health: 'up', cause: 'answers' }
}

/** Something accepts and says nothing. One greeting that does not come is a single witness; a second makes it sure. */
function judgeSilence(known: readonly Known[]): Judgement {
  const services = known.filter(({ kind }) => kind !== 'tcp')
  const isAnyLiving = services.some(({ result }) => result === 'answers' || result === 'wrong')
  if (isAnyLiving) return { health: 'degraded', cause: 'silent' }
  const dead = services.filter(({ result }) => result === 'silent' || result === 'noAnswer')
  const isSingleGreeting = dead.length === 1 && dead[0]?.kind === 'banner'
  return isSingleGreeting ? { health: 'degraded', cause: 'maybeHung' } : { health: 'down', cause: 'silent' }
}

/** No check gets any answer. */
function judgeNoAnswer(input: HealthInput): Judgement {
  const { kvm, bmc, isCutOff, isSettling = false } = input
  if (isOff(input)) return { health: 'down', cause: 'poweredOff' }
  if (input.ping === true) return { health: 'down', cause: 'pingOnly' }
  const isAnyReachable = kvm?.reachable.value === true || bmc?.reachable.value === true
  if (isCutOff && !isAnyReachable) return { health: 'unknown', cause: 'selfCutOff' }
  if (isSettling && !isAnyReachable) return { health: 'unknown', cause: 'checking' }
  return { health: 'down', cause: 'noNetwork' }
}

/** Without a check: power by KVM and BMC, or that nobody can be asked. */
function judgeByDevices({ kvm, bmc = null, isCutOff, now }: HealthInput): Judgement {
  const devices = [kvm, bmc].filter((device) => device !== null)
  if (devices.length === 0) return { health: 'unknown', cause: 'nothingToAsk' }
  if (devices.some(({ reachable }) => reachable.value === true)) {
    const isOn = machinePower(kvm, bmc, now).value === 'on' || isKeyboardTaken(kvm)
    return { health: isOn ? 'up' : 'unknown', cause: 'nothingToAsk' }
  }
  const cause = kvm === null ? 'bmcUnreachable' : 'kvmUnreachable'
  if (devices.every(({ reachable }) => reachable.value === null)) {
    return { health: 'unknown', cause: devices.some(({ problem }) => problem !== null) ? cause : 'checking' }
  }
  return { health: 'unknown', cause: isCutOff ? 'selfCutOff' : cause }
}

function isKeyboardTaken(kvm: KvmState | null): boolean {
  return kvm?.reachable.value === true && kvm.keyboardOnline.value === true
}

function isOff({ kvm, bmc = null, now }: HealthInput): boolean {
  return machinePower(kvm, bmc, now).value === 'off'
}
