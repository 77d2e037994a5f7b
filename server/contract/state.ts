/** What is known about machines and KVMs, always with its age. Times are ms since the Unix epoch, server clock. */

const healthStates = ['up', 'degraded', 'down', 'unknown', 'paused'] as const
export type HealthState = (typeof healthStates)[number]

/** A value that was observed. `value: null` means unknown; `since` is when the value last changed. */
export type Observed<T> = { value: T | null; observedAt: number; since: number }

export type Signal = { present: boolean; width: number; height: number }

/** `unproven` until the LED was ever seen on; `unwired` when a picture was there for 10 s with the LED off. */
export type LedWiring = 'wired' | 'unwired' | 'unproven'

/** Why an endpoint cannot be talked to; the page has one sentence for each. */
export type LinkProblem =
  'unreachable' | 'timeout' | 'refusedCredentials' | 'pinChanged' | 'notApproved' | 'protocol' | 'locked'

/** What one PiKVM says of itself and the machine it is plugged into. */
export type KvmState = {
  endpointId: string
  reachable: Observed<boolean>
  problem: LinkProblem | null
  signal: Observed<Signal>
  /** When the picture last changed visibly; null when not known. */
  pictureChangedAt: number | null
  power: Observed<'on' | 'off'>
  hddActive: Observed<boolean>
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

/** One TCP-level look at a machine. `silent`: accepts, says nothing. `refused` proves that the host lives. */
export type CheckResult = 'answers' | 'refused' | 'silent' | 'noAnswer'
export type CheckState = {
  checkId: string
  label: string
  result: Observed<CheckResult>
  lastGoodAt: number | null
}

/** A code for the one fact that explains the health; the page has the sentence. */
export type HealthCause =
  | 'answers'
  | 'silent'
  | 'refused'
  | 'noNetwork'
  | 'poweredOff'
  | 'kvmUnreachable'
  | 'nothingToAsk'
  | 'checking'
  | 'selfCutOff'
  | 'actionRunning'

/** Live state of one machine; `kvm` is null when none is attached. */
export type MachineState = {
  deviceId: string
  siteId: string
  health: HealthState
  cause: HealthCause
  since: number
  checks: CheckState[]
  kvm: KvmState | null
  /** Time of the newest stored picture, its own KVM and machine only; null when there is none. */
  pictureAt: number | null
}
