import type { CheckResult, KvmState, MachineState, Observed } from '../../server/contract/state.ts'
import type { PowerSignal, SendOutcome } from '../../server/drivers/driver.ts'
import { blankNet } from '../../server/observe/blank-net.ts'

export type BoardOptions = {
  isLedWired: boolean
  isResetWired: boolean
  isPowerWired: boolean
  /** The console shows a picture while the machine is on. */
  hasSignal: boolean
  hasUsb: boolean
  hasChecks: boolean
  bootMs: number
  /** Its kernel takes SysRq keys, in a hang too. */
  obeysSysrq: boolean
  /** Of its GPIO channel, as kvmd has them; what is asked for is cut to these. */
  pulse: { usualMs: number; minMs: number; maxMs: number }
}
export const goodBoard: BoardOptions = {
  isLedWired: true,
  isResetWired: true,
  isPowerWired: true,
  hasSignal: true,
  hasUsb: true,
  hasChecks: true,
  bootMs: 40_000,
  obeysSysrq: true,
  pulse: { usualMs: 100, minMs: 100, maxMs: 10_000 },
}
export type Truth = { at: number; what: 'wentOff' | 'cameOn' | 'restarted' | 'recovered' }
export type PressSeen = { at: number; what: string; wasOn: boolean }

const longPressMs = 5_500
const firmwareMs = 4_000

/** A motherboard with a machine on it and a PiKVM in front: what is pressed, what truly happens, what can be seen. */
export class FakeBoard {
  readonly options: BoardOptions
  readonly truth: Truth[] = []
  readonly presses: PressSeen[] = []
  /** Key combinations that arrived on its keyboard. */
  readonly keys: PressSeen[] = []
  isOn = true
  isHung = true
  isKvmReachable = true
  /** How the next sends end: pressed or not, and what the caller is told. */
  nextOutcome: 'acknowledged' | 'lostBefore' | 'lostAfter' | 'notSent' = 'acknowledged'
  #bootedAt = -1e9
  #offAt: number | null = null
  #busyUntil = 0
  #ledSeenOn = false
  #isUsbOnline: boolean
  readonly #now: () => number
  #checkedAt = 0
  #check: CheckResult = 'noAnswer'

  constructor(options: Partial<BoardOptions>, now: () => number) {
    this.options = { ...goodBoard, ...options }
    this.#now = now
    this.#isUsbOnline = this.options.hasUsb
    this.runCheck()
  }

  /** Lets time do what it does: a machine whose button is held goes off. */
  settle(): void {
    if (this.#offAt === null || this.#offAt > this.#now()) return
    this.#offAt = null
    if (this.isOn) this.#switchOff()
  }

  send(signal: PowerSignal): SendOutcome {
    const at = this.#now()
    this.settle()
    if (signal.target === 'ipmi') return { outcome: 'notSent', reason: 'device/unsupported', at }
    const kind = this.nextOutcome
    if (!this.isKvmReachable || kind === 'notSent') return { outcome: 'notSent', reason: 'unreachable', at }
    if (kind === 'lostBefore') return { outcome: 'unknown', reason: 'timeout', at }
    if (at < this.#busyUntil) return { outcome: 'notSent', reason: 'busy', at }
    const what =
      'button' in signal
        ? signal.button
        : signal.operation === 'pulse'
          ? this.#pulse(signal)
          : signal.operation
    this.presses.push({ at, what, wasOn: this.isOn })
    this.#busyUntil = at + (what === 'powerLong' ? 6_500 : 1_100)
    this.#press(what)
    return kind === 'lostAfter'
      ? { outcome: 'unknown', reason: 'timeout', at }
      : { outcome: 'acknowledged', reason: '', at }
  }

  /** A key combination through the KVM's keyboard. */
  typeKeys(what: string): 'sent' | 'notSent' | 'unknown' {
    this.settle()
    const at = this.#now()
    const kind = this.nextOutcome
    if (!this.isKvmReachable || kind === 'notSent') return 'notSent'
    if (kind === 'lostBefore') return 'unknown'
    this.keys.push({ at, what, wasOn: this.isOn })
    if (this.#takesReports()) {
      this.#isUsbOnline = true
      if (this.options.obeysSysrq && what === 'sysrq:b') this.#boot('restarted')
      if (this.options.obeysSysrq && what === 'sysrq:o') this.#switchOff()
    } else this.#isUsbOnline = false
    return kind === 'lostAfter' ? 'unknown' : 'sent'
  }

  /** The machine runs again and answers at once. */
  unhang(): void {
    if (this.isOn && this.isHung) this.truth.push({ at: this.#now(), what: 'recovered' })
    this.isHung = false
    this.#bootedAt = this.#now() - this.options.bootMs
  }

  /** A USB report arrives, if the machine takes it: only then does kvmd notice that the machine is there. */
  report(): void {
    this.#isUsbOnline = this.#takesReports()
  }

  /** As after a boot since which nobody typed: kvmd thinks that nobody takes its reports. */
  forgetReports(): void {
    this.#isUsbOnline = false
  }

  runCheck(): void {
    this.settle()
    this.#checkedAt = this.#now()
    const isUp = this.isOn && !this.isHung && this.#now() - this.#bootedAt >= this.options.bootMs
    this.#check = isUp ? 'answers' : 'noAnswer'
  }

  kvm(): KvmState {
    this.settle()
    const now = this.#now()
    const { hasSignal, isLedWired } = this.options
    const sinceBoot = now - this.#bootedAt
    const hasPicture = this.isOn && hasSignal && sinceBoot > 1_500
    const size = sinceBoot < firmwareMs ? { width: 720, height: 400 } : { width: 1920, height: 1080 }
    if (isLedWired && this.isOn) this.#ledSeenOn = true
    if (!this.#takesReports()) this.#isUsbOnline = false
    const seen = <T>(value: T): Observed<T> => ({ value, observedAt: now, since: now })
    return {
      endpointId: 'kvm1',
      reachable: seen(this.isKvmReachable),
      problem: this.isKvmReachable ? null : 'unreachable',
      signal: seen({ present: hasPicture, ...(hasPicture ? size : { width: 0, height: 0 }) }),
      pictureChangedAt: null,
      power: seen(isLedWired && this.isOn ? 'on' : 'off'),
      hddActive: seen(false),
      atxBusy: seen(now < this.#busyUntil),
      atxEnabled: seen(true),
      ledWiring: this.#ledSeenOn ? 'wired' : this.options.isLedWired ? 'unproven' : 'unwired',
      keyboardOnline: seen(this.#isUsbOnline),
      mouseOnline: seen(this.#isUsbOnline),
      mouseAbsolute: seen(true),
      capsLock: seen(false),
      streamerRunning: seen(true),
      cpuTemperatureC: seen(50),
      throttled: seen(false),
    }
  }

  machine(): MachineState {
    const { hasChecks } = this.options
    const result = { value: this.#check, observedAt: this.#checkedAt, since: this.#checkedAt }
    const check = { checkId: 'nfs', label: 'NFS', result, said: null, lastGoodAt: null }
    return {
      deviceId: 'nas1',
      siteId: 'site1',
      health: 'unknown',
      cause: 'checking',
      since: 0,
      net: blankNet(0),
      checks: hasChecks ? [check] : [],
      kvm: this.kvm(),
      bmc: null,
      power: this.kvm().power,
      pictureAt: null,
    }
  }

  /** What a motherboard makes of a relay on its power button. */
  #pulse({ pulseMs }: { pulseMs?: number }): string {
    const { usualMs, minMs, maxMs } = this.options.pulse
    const heldMs = Math.min(Math.max(pulseMs ?? usualMs, minMs), maxMs)
    return heldMs >= 4_000 ? 'powerLong' : 'power'
  }

  #takesReports(): boolean {
    return this.isOn && this.options.hasUsb && this.#now() - this.#bootedAt > 2_000
  }

  #press(what: string): void {
    const { isPowerWired, isResetWired } = this.options
    const now = this.#now()
    if (what === 'reset' && isResetWired && this.isOn) this.#boot('restarted')
    if (what === 'powerLong' && isPowerWired && this.isOn) this.#offAt = now + longPressMs
    if (what === 'power' && isPowerWired) {
      if (!this.isOn) this.#boot('cameOn')
      else if (!this.isHung) this.#offAt = now + 8_000
    }
    if (what === 'switchOff' && this.isOn) this.#switchOff()
    if (what === 'switchOn' && !this.isOn) this.#boot('cameOn')
  }

  #boot(what: 'restarted' | 'cameOn'): void {
    this.isOn = true
    this.isHung = false
    this.#bootedAt = this.#now()
    this.truth.push({ at: this.#now(), what })
  }

  #switchOff(): void {
    this.isOn = false
    this.truth.push({ at: this.#now(), what: 'wentOff' })
  }
}
