/** What is known about machines and KVMs, always with its age. Times are ms since the Unix epoch, server clock. */

const healthStates = ['up', 'degraded', 'down', 'unknown', 'paused'] as const
export type HealthState = (typeof healthStates)[number]

/**
 * A value that was observed. `value: null` means unknown; `since` is when the value last changed. `maybeLonger`: nobody
 * saw it begin, it was so at the first look.
 */
export type Observed<T> = { value: T | null; observedAt: number; since: number; maybeLonger?: true }

export type Signal = { present: boolean; width: number; height: number }

/** `unproven` until the LED was ever seen on; `unwired` when a picture was there for 10 s with the LED off. */
export type LedWiring = 'wired' | 'unwired' | 'unproven'

/** Why an endpoint cannot be talked to; the page has one sentence for each. */
export type LinkProblem =
  'unreachable' | 'timeout' | 'refusedCredentials' | 'pinChanged' | 'notApproved' | 'protocol' | 'locked'

/** What became of a try that a person asked for; null: there is a connection. */
export type TriedAgain = { problem: LinkProblem | null }

/**
 * Whether the one screen and keyboard of a KVM are this machine's now. `moving`: on their way to it, nothing is certain
 * meanwhile. `arriving`: its own by now, but its first picture is not there yet, and its USB may not be: nothing is
 * typed. `leaving`: on their way from it to another machine. `noPort`: its port is not there, or a Switch is and nobody
 * said which port it is on.
 */
export type SeatPlace = 'here' | 'moving' | 'arriving' | 'leaving' | 'elsewhere' | 'noPort'

/** Of a machine that shares a KVM with others through a switch. */
type SwitchSeat = {
  /** Counted from 0; null: not known. */
  port: number | null
  /** As the switch names it: "2", or "1.2" with several units. */
  label: string
  place: Observed<SeatPlace>
  /** Which port has screen and keyboard, and who asked for that; `by` null: somebody outside of Crashcart. */
  shown: { port: number | null; label: string; since: number; by: string | null }
  /** For how long the switch holds the power button in a long press at this port, s; null: not known. */
  longPressS: number | null
}

/** What one PiKVM says of itself and the machine it is plugged into. */
export type KvmState = {
  endpointId: string
  /** Absent where the machine has the KVM for itself. */
  seat?: SwitchSeat
  reachable: Observed<boolean>
  problem: LinkProblem | null
  signal: Observed<Signal>
  /** When the picture last changed by more than a cursor or a clock; null when not known. */
  pictureChangedAt: number | null
  /** When anything in it last changed visibly, to about 5 s; absent where nobody looks that closely. */
  pictureStirredAt?: number | null
  power: Observed<'on' | 'off'>
  hddActive: Observed<boolean>
  /** Its light was seen lit at this machine, so it is wired: else dark says nothing. Absent until then. */
  hddWasLit?: true
  atxBusy: Observed<boolean>
  atxEnabled: Observed<boolean>
  ledWiring: LedWiring
  keyboardOnline: Observed<boolean>
  mouseOnline: Observed<boolean>
  mouseAbsolute: Observed<boolean>
  capsLock: Observed<boolean>
  streamerRunning: Observed<boolean>
  cpuTemperatureC: Observed<number>
  throttled: Observed<boolean>
}

export type BmcSensor = {
  name: string
  /** Null for a sensor of states, and while it gives nothing. */
  value: number | null
  unit: string
  severity: 'nonCritical' | 'critical' | 'nonRecoverable'
  /** The threshold that was crossed, in `unit`; null where the BMC does not tell. */
  limit: number | null
}
/** One entry of the BMC's event log. `at`: by the BMC's clock; null while that was not set. */
export type BmcLogEntry = { recordId: number; at: number | null; text: string; isAssertion: boolean }
/** What can be chosen; a BMC may say another one, shown as `other`. */
export const bootChoices = ['none', 'network', 'disk', 'cd', 'setup', 'remoteCd', 'floppy'] as const
export type BootChoice = (typeof bootChoices)[number]
export type BmcBoot = { device: BootChoice | 'other'; isPersistent: boolean }
/**
 * What should be put right on a BMC. `cipherZero`: lets anybody in without a password. `defaultCredentials`: those that
 * it came with. `weakSuite`: the suite chosen leaves traffic open. `longPassword`: some BMCs keep only 16 bytes.
 */
export type BmcWarning = 'cipherZero' | 'defaultCredentials' | 'weakSuite' | 'longPassword'

/** What one BMC says of itself and of its machine. */
export type BmcState = {
  endpointId: string
  reachable: Observed<boolean>
  problem: LinkProblem | null
  power: Observed<'on' | 'off'>
  /** Those that are out of range, worst first; `value: null` until all were read once. */
  alarms: Observed<BmcSensor[]>
  /** It was asked for its sensors, and none could be read. */
  hasNoSensors: boolean
  /** The newest entries, newest first. */
  log: Observed<BmcLogEntry[]>
  nextBoot: Observed<BmcBoot>
  identify: Observed<'off' | 'timed' | 'on'>
  /** Why the machine last started, in the words of the specification. */
  restartCause: Observed<string>
  /** Since when the serial console is listened to without a break; null while it is not. */
  serialSince: number | null
  /** When it last said something, meanwhile. */
  serialOutputAt: number | null
  warnings: BmcWarning[]
}

/**
 * One look at a service. `silent`: accepts, says nothing. `refused` proves that the host lives. `wrong`: answers, but
 * not what is expected.
 */
export type CheckResult = 'answers' | 'refused' | 'silent' | 'noAnswer' | 'wrong'
/** Why a name leads nowhere and never did. `notFound`: whoever knows names does not know it. `dnsSilent`: nobody answered. */
export type NameProblem = 'notFound' | 'dnsSilent'
export type CheckState = {
  checkId: string
  label: string
  /** `value` null: not looked yet, or nobody knows where. */
  result: Observed<CheckResult>
  /** Absent while its name leads somewhere. */
  nameProblem?: NameProblem
  /** What it said, one line of the device's own text: its greeting, a web answer's status; null when nothing. */
  said: string | null
  lastGoodAt: number | null
}

/**
 * Why nobody knows whether ping answers. `absent`: no `ping` program here. `failed`: it does not work here.
 * `ownAddress`: the address is Crashcart's own (a tunnel), which says nothing about the machine. `noName`: its name leads
 * nowhere.
 */
export type PingProblem = 'absent' | 'failed' | 'ownAddress' | 'noName'
/**
 * Whose hardware answers for a machine's address on a network that Crashcart is in itself. `moved`: the machine's own
 * answers for another address; `taken`: other hardware answers for this one.
 */
export type LanFact =
  | { kind: 'same'; mac: string }
  | { kind: 'moved'; mac: string; to: string }
  | { kind: 'taken'; mac: string; by: string }

/**
 * How a machine's address (that of its first check) answers below its services. `address` null: it has no check; empty: not
 * shown to somebody who may not see how things are set up.
 */
export type NetState = {
  address: string | null
  ping: Observed<boolean>
  pingProblem: PingProblem | null
  /** By all of its checks; a refusal proves life too. */
  connect: Observed<'accepts' | 'refuses' | 'noAnswer'>
  /** Absent where nobody can know (another network, an address that wanders on purpose, hardware never seen) or may see it. */
  lan?: Observed<LanFact>
}

/** Crashcart's own network, as far as it can tell. */
export type SelfState = {
  /** Since when Crashcart itself may be cut off, and what says so; null while there is no doubt. */
  doubt: { since: number; by: 'gateway' | 'majority' } | null
  /** Its default gateway (`address` empty as above); null when there is none, `answers.value` null while it was never heard. */
  gateway: { address: string; answers: Observed<boolean> } | null
}

/** A code for the one fact that explains the health; the page has the sentence. */
export type HealthCause =
  | 'answers'
  | 'silent'
  /** One service accepts and says nothing; nothing else confirms it. */
  | 'maybeHung'
  | 'refused'
  | 'wrongAnswer'
  /** Some checks answer, others get nothing. */
  | 'partly'
  /** Ping answers, no service does. */
  | 'pingOnly'
  | 'noNetwork'
  | 'poweredOff'
  | 'kvmUnreachable'
  | 'bmcUnreachable'
  | 'nothingToAsk'
  /** The names of its checks never led anywhere: nobody was asked. */
  | 'nameNotFound'
  | 'dnsSilent'
  | 'checking'
  | 'selfCutOff'
  | 'actionRunning'

/** Live state of one machine; `kvm` and `bmc` are null when none is attached. */
export type MachineState = {
  deviceId: string
  siteId: string
  health: HealthState
  cause: HealthCause
  /** Since when it is in this health, as far as anybody saw. */
  since: number
  /**
   * Only where nobody saw it begin, so that it may be in this health for longer than `since`: when it was last known to
   * be in another; null: never.
   */
  otherUntil?: number | null
  net: NetState
  checks: CheckState[]
  kvm: KvmState | null
  bmc: BmcState | null
  /** By BMC and KVM together, as far as they answer now; null when neither says. */
  power: Observed<'on' | 'off'>
  /** Time of the newest stored picture, its own KVM and machine only; null when there is none. */
  pictureAt: number | null
}
