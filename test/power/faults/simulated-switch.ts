import {
  advanceBoard,
  ownerOf,
  startingBoard,
  type SwitchBoard,
} from '../../../server/drivers/pikvm/switch-board.ts'
import { readPort, readSwitch } from '../../../server/drivers/pikvm/switch-facts.ts'
import { SimMachine } from '../../../server/sim/machine/machine.ts'
import type { AtxButton } from '../../../server/sim/pikvm/atx.ts'
import { KvmdSwitch } from '../../../server/sim/pikvm/switch.ts'
import { SwitchUnits } from '../../../server/sim/switch/switch-units.ts'
import { SwitchedMachine } from '../../../server/sim/switch/switched-machine.ts'

/** The machine that a run is about is on this port; its neighbour, which nobody may touch, is on port 0. */
export const ownPort = 1
/** How long the first picture after a move is waited for, ms. @see server/drivers/pikvm/timings.ts */
const arrivesWithinMs = 6_000

/** A PiKVM Switch between the KVM and two machines: its units and what Crashcart knows of who has the screen. */
export class SimulatedSwitch {
  readonly neighbour: SimMachine
  readonly switched: SwitchedMachine
  readonly #kvmd: KvmdSwitch
  #board: SwitchBoard
  #movedAt = 0

  constructor(options: { machine: SimMachine; lies: boolean; now: number; onChange(): void }) {
    const { machine, lies, now, onChange } = options
    const { clock } = machine
    this.neighbour = new SimMachine({ name: 'nas2', clock, bootMs: 40_000 })
    const units = new SwitchUnits({ clock, ports: [this.neighbour, machine], activePort: ownPort })
    this.switched = new SwitchedMachine(units, clock)
    this.#kvmd = new KvmdSwitch({ clock, units, lies: () => lies, onChange })
    this.#board = startingBoard(now, true)
  }

  /** kvmd's `switch` state. */
  get state(): Record<string, unknown> {
    return this.#kvmd.state()
  }

  /** Somebody on the PiKVM's own page shows this port. */
  show(port: number): void {
    this.#kvmd.setActive(port)
  }

  /** As the driver: a port that is held already is not pressed. False: it was not. */
  click(port: number, button: AtxButton): boolean {
    if (readPort(this.state, port).isBusy === true) return false
    this.#kvmd.click(port, button)
    return true
  }

  /** Crashcart's board after a look at `now`; `isHeard` false: the KVM is known to be gone. */
  look(isHeard: boolean, now: number): SwitchBoard {
    const before = ownerOf(this.#board)
    const facts = readSwitch(this.state)
    this.#board = advanceBoard(this.#board, isHeard ? { type: 'facts', facts } : { type: 'offline' }, now)
    if (ownerOf(this.#board) !== before) this.#movedAt = now
    if (this.#board.isArriving && ownerOf(this.#board) !== 'nobody' && now - this.#movedAt >= arrivesWithinMs)
      this.#board = advanceBoard(this.#board, { type: 'arrived' }, now)
    return this.#board
  }

  /** What was done to the neighbour, in words. */
  touched(): string[] {
    const { presses, keyLog } = this.neighbour
    return [
      ...presses.map(({ button }) => `${button} was pressed at the neighbour`),
      ...keyLog.map(({ key }) => `${key} was typed on the neighbour`),
    ]
  }
}
