import type { Check } from '../contract/inventory.ts'
import type { BmcState, CheckResult, HealthCause, HealthState, KvmState } from '../contract/state.ts'
import { machinePower } from './machine-power.ts'

/** What one check found; null before the first look. */
type Finding = { kind: Check['kind']; result: CheckResult | null }
type Known = { kind: Check['kind']; result: CheckResult }
export type HealthInput = {
  checks: readonly Finding[]
  kvm: KvmState | null
  bmc?: BmcState | null
  /** Most of what Crashcart looks at vanished at once: silence may be its own. */
  isCutOff: boolean
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
  if (input.checks.length > 0) return { health: 'unknown', cause: 'checking' }
  return judgeByDevices(input)
}

function judgeByChecks(known: readonly Known[], input: HealthInput): Judgement {
  const { kvm, bmc, isCutOff, now } = input
  const failing = known.map(({ result }) => result).filter((result) => result !== 'answers')
  if (failing.length === 0) {
    const isKvmAway = kvm?.reachable.value === false && now - kvm.reachable.since >= kvmAwayMs
    return isKvmAway ? { health: 'degraded', cause: 'kvmUnreachable' } : { health: 'up', cause: 'answers' }
  }
  const cause = worstCause(failing)
  const isAnyAnswering = failing.length < known.length
  const isServiceAnswering = known.some(({ kind, result }) => kind !== 'tcp' && result === 'answers')
  if (cause === 'silent') return { health: isServiceAnswering ? 'degraded' : 'down', cause }
  if (isAnyAnswering || cause === 'refused') return { health: 'degraded', cause }
  if (isOff(input)) return { health: 'down', cause: 'poweredOff' }
  const isAnyReachable = kvm?.reachable.value === true || bmc?.reachable.value === true
  return isCutOff && !isAnyReachable ? { health: 'unknown', cause: 'selfCutOff' } : { health: 'down', cause }
}

function worstCause(failing: readonly CheckResult[]): 'silent' | 'refused' | 'noNetwork' {
  if (failing.includes('silent')) return 'silent'
  return failing.includes('refused') ? 'refused' : 'noNetwork'
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
