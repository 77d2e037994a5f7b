import type { BmcBoard } from './board.ts'
import { BootOptions } from './boot-options.ts'
import {
  encodeCompactSensor,
  encodeController,
  encodeFru,
  encodeFullSensor,
  encodeSelEvent,
  type SelEvent,
} from './records.ts'
import {
  defaultDiscreteSensors,
  defaultSensors,
  type SimDiscreteSensor,
  type SimSensor,
} from './sensor-model.ts'

/** What the controller remembers besides sessions: sensors, log, inventory, chassis settings. */
export class BmcState {
  readonly board: BmcBoard
  readonly sensors: SimSensor[]
  readonly discreteSensors: SimDiscreteSensor[]
  readonly fru: Buffer
  readonly guid: Buffer
  sel: Buffer[] = []
  restorePolicy = 1
  restartCause = 0
  readonly boot: BootOptions
  identify: 'off' | 'timed' | 'on' = 'off'
  /** Records of its own making, before those of the sensors; they may be damaged. */
  readonly oddSdrs: ((recordId: number) => Buffer)[] = []
  sdrReservation = 1
  selReservation = 1
  lastSelAddition = 0xffff_ffff
  lastSelErase = 0xffff_ffff
  /** From one log record id to the next; some firmware counts in bytes. */
  selIdStep = 1
  readonly #wallSeconds: () => number
  #nextSelId = 1

  constructor(board: BmcBoard, guid: Buffer, wallSeconds: () => number, nowMs: () => number) {
    this.board = board
    this.guid = guid
    this.#wallSeconds = wallSeconds
    this.boot = new BootOptions(nowMs)
    this.sensors = defaultSensors()
    this.discreteSensors = defaultDiscreteSensors()
    this.fru = encodeFru({
      chassis: { partNumber: 'CSE-2U-08', serialNumber: 'C0FFEE0001' },
      board: {
        manufacturer: 'Simulated',
        product: 'Homelab Board H610',
        serialNumber: 'B0001',
        partNumber: 'H610-R2',
      },
      product: {
        manufacturer: 'Simulated',
        name: 'Rack Server 2U',
        partNumber: 'RS2U-1',
        version: '1.1',
        serialNumber: 'S0001',
        assetTag: 'rack-a-07',
      },
    })
  }

  get selTime(): number {
    return this.#wallSeconds()
  }

  /** All sensor data records, in order of their ids. */
  get sdrs(): Buffer[] {
    const full = this.sensors.map((sensor) => (id: number) => encodeFullSensor(id, sensor))
    const compact = this.discreteSensors.map((sensor) => (id: number) => encodeCompactSensor(id, sensor))
    const encoders = [(id: number) => encodeController(id, 'SimBMC'), ...this.oddSdrs, ...full, ...compact]
    return encoders.map((encode, index) => encode(index + 1))
  }

  /** Adds an event to the log; gives its record id. */
  log(event: SelEvent): number {
    const id = this.#nextSelId
    this.#nextSelId += this.selIdStep
    this.lastSelAddition = this.selTime
    this.sel.push(encodeSelEvent(id, this.lastSelAddition, event))
    return id
  }

  removeSensors(): void {
    this.sensors.length = 0
    this.discreteSensors.length = 0
  }

  clearSel(): void {
    this.sel = []
    this.selReservation += 1
    this.lastSelErase = this.selTime
  }
}
