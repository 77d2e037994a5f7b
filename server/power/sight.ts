import type { BmcState, CheckResult, KvmState, LedWiring, MachineState } from '../contract/state.ts'

export type SeenCheck = {
  checkId: string
  label: string
  result: CheckResult | null
  observedAt: number
  lastGoodAt: number | null
}

/** One look at a machine, flattened to what power decisions need. `null` = not known now. */
export type Sight = {
  /** The KVM that sees the machine answers; without it LED, signal, USB are not known. */
  isReachable: boolean
  /** A KVM that several machines share shows another one: of its picture and USB nothing is known. */
  isScreenElsewhere: boolean
  /** What the LED shows; a dark one means "off" only where `ledWiring` is `wired`. */
  led: 'on' | 'off' | null
  ledWiring: LedWiring
  signal: boolean | null
  mode: string | null
  /** The machine takes USB reports: keyboard or mouse is online. */
  isUsbOnline: boolean | null
  isAtxBusy: boolean | null
  pictureChangedAt: number | null
  /** Crashcart's own network is in doubt: then nobody knows whose silence it is. */
  isCutOff: boolean
  /** The host's network stack answers: any check accepted or refused a connection. */
  isHostAlive: boolean | null
  /** When the newest check was made; 0 without checks. */
  hostSeenAt: number
  checks: SeenCheck[]
  /** What the BMC says of the chassis; null without one that answers. */
  chassis: 'on' | 'off' | null
  restartCause: string | null
  /** Since when the serial console is heard without a break, and when it last said something; null: not heard. */
  serialSince: number | null
  serialOutputAt: number | null
}

/** Flattens the live state of a machine; `kvm` and `bmc` replace the states in it where newer ones are at hand. */
export function sightOf(
  machine: MachineState | undefined,
  isCutOff: boolean,
  kvm: KvmState | null = machine?.kvm ?? null,
  bmc: BmcState | null = machine?.bmc ?? null,
): Sight {
  const isReachable = kvm?.reachable.value === true
  const seen = isReachable ? kvm : null
  // A stopped streamer reports no source at all: that is not "no signal".
  const signal = seen?.streamerRunning.value === false ? null : (seen?.signal.value ?? null)
  const checks = (machine?.checks ?? []).map(({ checkId, label, result, lastGoodAt }) => ({
    checkId,
    label,
    result: result.value,
    observedAt: result.observedAt,
    lastGoodAt,
  }))
  return {
    isReachable,
    isScreenElsewhere: seen?.seat !== undefined && seen.seat.place.value !== 'here',
    led: ledOf(seen),
    ledWiring: kvm?.ledWiring ?? 'unproven',
    signal: signal?.present ?? null,
    mode: signal?.present ? `${signal.width}x${signal.height}` : null,
    isUsbOnline: usbOf(seen),
    isAtxBusy: seen?.atxBusy.value ?? null,
    pictureChangedAt: seen?.pictureChangedAt ?? null,
    isCutOff,
    // While Crashcart itself is cut off, a silent network says nothing about the machine, whatever its KVM last said.
    isHostAlive: isCutOff ? null : hostAlive(checks),
    hostSeenAt: Math.max(0, ...checks.map((check) => check.observedAt)),
    checks,
    ...bmcSight(bmc),
  }
}

function bmcSight(
  bmc: BmcState | null,
): Pick<Sight, 'chassis' | 'restartCause' | 'serialSince' | 'serialOutputAt'> {
  const isReachable = bmc?.reachable.value === true
  return {
    chassis: isReachable ? bmc.power.value : null,
    restartCause: isReachable ? bmc.restartCause.value : null,
    serialSince: bmc?.serialSince ?? null,
    serialOutputAt: bmc?.serialOutputAt ?? null,
  }
}

/**
 * kvmd turns each device offline when the host lets it go, and online again only with the next report that the host
 * takes; so either one will do.
 */
function usbOf(kvm: KvmState | null): boolean | null {
  const values = [kvm?.keyboardOnline.value ?? null, kvm?.mouseOnline.value ?? null]
  return values.every((value) => value === null) ? null : values.includes(true)
}

/** A KVM that tells of its buttons and not of a lit LED sees a dark one, wired or not; with ATX off it tells nothing. */
function ledOf(kvm: KvmState | null): 'on' | 'off' | null {
  if (kvm?.atxEnabled.value === false) return null
  return kvm?.power.value ?? (kvm !== null && kvm.atxBusy.value !== null ? 'off' : null)
}

function hostAlive(checks: readonly SeenCheck[]): boolean | null {
  const known = checks.filter((check) => check.result !== null)
  if (known.length === 0) return null
  return known.some((check) => check.result !== 'noAnswer')
}

/**
 * Does the machine look powered? "off" is said only by its BMC or by an LED that was seen on before; without one, a
 * picture or a live network says "on" and their absence says nothing. BMC and LED that disagree prove nothing.
 */
export function looks(sight: Sight): 'on' | 'off' | 'unknown' {
  const led = sight.led === 'off' && sight.ledWiring !== 'wired' ? null : sight.led
  if (led !== null && sight.chassis !== null && led !== sight.chassis) return 'unknown'
  const told = led ?? sight.chassis
  if (told !== null) return told
  if (sight.signal === true || sight.isHostAlive === true) return 'on'
  return 'unknown'
}
