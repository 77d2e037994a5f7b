import type { BmcState } from '../../../server/contract/state.ts'
import type { PowerSignal } from '../../../server/drivers/driver.ts'
import { blankBmcState } from '../../../server/drivers/blank-bmc-state.ts'
import { seen } from '../../../server/drivers/ipmi/observed-bmc.ts'
import { MachineBoard } from '../../../server/sim/bmc/machine-board.ts'
import type { SimMachine } from '../../../server/sim/machine/machine.ts'
import { Link } from './link.ts'

/** From the first look on the console is heard; what comes in its first moment is a repetition. */
const serialSettlesMs = 1_000

/** A simulated BMC's board and what Crashcart knows of it, without the packets between. */
export class SimulatedBmc {
  readonly link: Link
  readonly #board: MachineBoard
  readonly #now: () => number
  readonly #lies: boolean
  #cause = 'unknown'
  #state: BmcState

  constructor({ machine, lies, now }: { machine: SimMachine; lies: boolean; now(): number }) {
    this.#now = now
    this.#lies = lies
    this.link = new Link(now)
    this.#board = new MachineBoard(machine)
    this.#state = blankBmcState('bmc1', null, now())
    this.#board.serial.onOutput(() => this.#heard())
    this.look()
  }

  get state(): BmcState {
    return this.#state
  }

  look(): void {
    const now = this.#now()
    const { reachable, power, restartCause, serialSince } = this.#state
    if (this.link.isDead) {
      if (reachable.value === false) return
      const problem = 'unreachable'
      const lost = { serialSince: null, serialOutputAt: null }
      this.#state = { ...this.#state, reachable: seen(reachable, false, now), problem, ...lost }
      return
    }
    if (!this.link.isOpen) return
    this.#state = {
      ...this.#state,
      reachable: seen(reachable, true, now),
      problem: null,
      power: seen(power, this.#board.isPowered ? 'on' : 'off', now),
      restartCause: seen(restartCause, this.#cause, now),
      serialSince: serialSince ?? now + serialSettlesMs,
    }
  }

  /** False: refused, as a BMC does while the machine is off. */
  control(signal: PowerSignal): boolean {
    if (!('command' in signal)) throw new Error('not for a BMC')
    const { command } = signal
    if (command !== 'on' && command !== 'off' && !this.#board.isPowered) return false
    if (this.#lies) return true
    if (command !== 'off' && command !== 'soft' && command !== 'nmi') this.#cause = 'chassis control command'
    this.#board.control(command)
    return true
  }

  #heard(): void {
    const now = this.#now()
    const { serialSince } = this.#state
    if (!this.link.isOpen || serialSince === null || now < serialSince) return
    this.#state = { ...this.#state, serialOutputAt: now }
  }
}
