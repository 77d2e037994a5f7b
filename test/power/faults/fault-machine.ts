import type { PowerPath } from '../../../server/contract/inventory.ts'
import type { CheckResult, CheckState, MachineState } from '../../../server/contract/state.ts'
import type { PowerSignal, SendOutcome } from '../../../server/drivers/driver.ts'
import { blankNet } from '../../../server/observe/blank-net.ts'
import { machinePower } from '../../../server/observe/machine-power.ts'
import { ManualClock } from '../../../server/sim/machine/clock.ts'
import { SimMachine } from '../../../server/sim/machine/machine.ts'
import { KvmdError } from '../../../server/sim/pikvm/errors.ts'
import type { GpioWire } from '../../../server/sim/pikvm/gpio.ts'
import type { NetworkTruth, Truth } from './judge.ts'
import { SimulatedBmc } from './simulated-bmc.ts'
import { SimulatedKvm } from './simulated-kvm.ts'
import { ownPort } from './simulated-switch.ts'
import { watchMachine } from './witness.ts'

export type Rig = {
  wiring: PowerPath['wiring']
  /** Its KVM reaches it through a Switch, with another machine beside it. */
  hasSwitch: boolean
  bootMs: number
  startsOff: boolean
  isLedWired: boolean
  isResetWired: boolean
  isPowerWired: boolean
  seesVideo: boolean
  hasChecks: boolean
  /** Its devices say yes and do nothing. */
  lies: boolean
}

/** How the next command ends: what the device does with it, and what its caller hears. */
export type SendFate = 'answered' | 'lostBefore' | 'lostAfter' | 'refused'

export type Sent = { outcome: SendOutcome; answerAfterMs: number; isDelivered: boolean }

const relayOf: Partial<Record<PowerPath['wiring'], GpioWire>> = {
  powerButton: 'powerButton',
  resetButton: 'resetButton',
  supply: 'mains',
}
const targetOf: Record<PowerPath['wiring'], string> = {
  atx: 'atx',
  powerButton: 'gpio:relay1',
  resetButton: 'gpio:relay1',
  supply: 'gpio:relay1',
  ipmi: 'ipmi',
}
const epoch = 1_800_000_000_000
/** A Switch that does not show a button held within this time is told as doubt. @see server/drivers/pikvm/port-power.ts */
const showsWithinMs = 2_500
/** How long a command whose answer is lost is waited for. */
const answerWithinMs = 10_000

/** One simulated motherboard with a PiKVM or a BMC in front of it, its network, and everything that may go wrong between. */
export class FaultMachine {
  readonly clock = new ManualClock()
  readonly machine: SimMachine
  readonly kvm: SimulatedKvm
  readonly bmc: SimulatedBmc | null
  readonly truth: readonly Truth[]
  readonly network: readonly NetworkTruth[]
  readonly path: PowerPath
  readonly #rig: Rig
  /** Crashcart's own link is down until then: everything is silent at once, the gateway too. */
  #cutOffUntil = 0
  #check: CheckState
  fate: SendFate = 'answered'

  constructor(rig: Rig) {
    this.#rig = rig
    const { bootMs, startsOff, wiring, lies, seesVideo, hasSwitch } = rig
    this.machine = new SimMachine({
      name: 'nas1',
      clock: this.clock,
      bootMs,
      startsOff,
      restoresOnMains: true,
    })
    this.machine.setLedWired(rig.isLedWired)
    this.machine.setButtonWired('power', rig.isPowerWired)
    this.machine.setButtonWired('reset', rig.isResetWired)
    const now = (): number => this.now()
    const relay = relayOf[wiring] ?? null
    this.kvm = new SimulatedKvm({
      machine: this.machine,
      relay,
      seesVideo,
      hasSwitch,
      lies: lies && wiring !== 'ipmi',
      now,
    })
    this.bmc = wiring === 'ipmi' ? new SimulatedBmc({ machine: this.machine, lies, now }) : null
    this.path = {
      id: 'path1',
      siteId: 'site1',
      deviceId: 'nas1',
      endpointId: wiring === 'ipmi' ? 'bmc1' : 'kvm1',
      target: hasSwitch ? `atx:${ownPort}` : targetOf[wiring],
      wiring,
      priority: 0,
      rev: 1,
      provenAt: null,
      lastVerdict: null,
    }
    const { truth, network } = watchMachine(this.machine, now)
    this.truth = truth
    this.network = network
    const result = { value: null, observedAt: 0, since: 0 }
    this.#check = { checkId: 'nfs', label: 'NFS', result, said: null, lastGoodAt: null }
    this.runCheck()
  }

  now(): number {
    return epoch + this.clock.nowMs()
  }

  get isCutOff(): boolean {
    return this.now() < this.#cutOffUntil
  }

  /** Carries a command out as `fate` has it. The outcome is the driver's; it comes after `answerAfterMs`. */
  async send(signal: PowerSignal): Promise<Sent> {
    const { link } = this.bmc ?? this.kvm
    const said = (outcome: SendOutcome['outcome'], reason: string, isDelivered: boolean): Sent => ({
      outcome: { outcome, reason, at: this.now() },
      answerAfterMs:
        reason === 'device/timeout' ? answerWithinMs : reason === 'notShownHeld' ? showsWithinMs : 0,
      isDelivered,
    })
    if (!link.isOpen || this.fate === 'refused') return said('notSent', 'device/unreachable', false)
    if (this.fate === 'lostBefore') return said('unknown', 'device/timeout', false)
    if (!(await this.#isTaken(signal))) return said('notSent', 'device/busy', false)
    if (this.fate !== 'lostAfter' && this.#rig.hasSwitch && this.#rig.lies)
      return said('unknown', 'notShownHeld', true)
    return this.fate === 'lostAfter'
      ? said('unknown', 'device/timeout', true)
      : said('acknowledged', '', true)
  }

  /** Keys of the KVM's keyboard. `notSent`: the socket is known to be gone. */
  type(keys: readonly string[]): { fate: 'sent' | 'notSent' | 'unknown'; isDelivered: boolean } {
    if (this.kvm.link.isDead || !this.kvm.isHere || this.fate === 'refused')
      return { fate: 'notSent', isDelivered: false }
    if (!this.kvm.link.isOpen || this.fate === 'lostBefore') return { fate: 'unknown', isDelivered: false }
    this.kvm.type(keys)
    return { fate: this.fate === 'lostAfter' ? 'unknown' : 'sent', isDelivered: true }
  }

  /** A key for the firmware, as it goes out again and again; it may get lost like any. */
  typeBootKey(key: string): void {
    if (this.kvm.link.isOpen && this.kvm.isHere) this.kvm.type([key])
  }

  /** Crashcart's own cable is pulled out. */
  cutOff(forMs: number): void {
    this.#cutOffUntil = this.now() + forMs
    this.kvm.link.swallow(forMs)
    this.bmc?.link.swallow(forMs)
  }

  look(): void {
    this.kvm.look()
    this.bmc?.look()
  }

  /** Whoever made the checks is gone, and what they showed with it. */
  forgetChecks(): void {
    this.#check = { ...this.#check, result: { value: null, observedAt: 0, since: this.now() } }
  }

  runCheck(): void {
    const network = this.isCutOff ? 'unreachable' : this.machine.network
    const results: Record<typeof network, CheckResult> = {
      answers: 'answers',
      silent: 'silent',
      unreachable: 'noAnswer',
    }
    const now = this.now()
    const value = results[network]
    const { result, lastGoodAt } = this.#check
    const since = result.value === value ? result.since : now
    const goodAt = value === 'answers' ? now : lastGoodAt
    this.#check = { ...this.#check, result: { value, observedAt: now, since }, lastGoodAt: goodAt }
  }

  state(): MachineState {
    const kvm = this.kvm.state
    const bmc = this.bmc?.state ?? null
    const now = this.now()
    return {
      deviceId: 'nas1',
      siteId: 'site1',
      health: 'unknown',
      cause: this.isCutOff && kvm.reachable.value === false ? 'selfCutOff' : 'noNetwork',
      since: 0,
      net: blankNet(0),
      checks: this.#rig.hasChecks ? [this.#check] : [],
      kvm,
      bmc,
      power: machinePower(kvm, bmc, now),
      pictureAt: null,
    }
  }

  async #isTaken(signal: PowerSignal): Promise<boolean> {
    if (this.bmc !== null) return this.bmc.control(signal)
    try {
      await this.kvm.press(signal)
      return true
    } catch (error) {
      if (error instanceof KvmdError) return false
      throw error
    }
  }
}
