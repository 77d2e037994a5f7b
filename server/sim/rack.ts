import { startBmc } from './bmc/bmc.ts'
import { MachineBoard } from './bmc/machine-board.ts'
import { scaledClock, type SimClock } from './machine/clock.ts'
import { SimMachine } from './machine/machine.ts'
import { startNetworkService, type NetworkService, type ServiceKind } from './machine/network-service.ts'
import type { SelfSigned } from './pikvm/certificate.ts'
import { startSimPikvm, type SimPikvm } from './pikvm/pikvm.ts'
import { startControl, type SimControl } from './control.ts'
import {
  STORY_MACHINES,
  STORY_RACKS,
  STORY_SITE,
  type StoryMachine,
  type StoryPlace,
  type StoryRack,
} from './rack-story.ts'
import { FrameEncoder } from './video/frame-encoder.ts'

/** How to start the simulated racks; every field has a default. */
export interface RackOptions {
  /** 20 makes a boot of 20 s take one. Default 1. */
  speed?: number
  /** Only these machines. Default: all of the story. */
  only?: readonly string[]
  /** False: every machine is well. Default true: the story's troubles have happened. */
  withTroubles?: boolean
  /**
   * `fixed`: the same ports each time (PiKVMs 8443, SSH 2222, NFS 2049, each on its own loopback address),
   * so that an inventory stays valid. Default `free`: any ports.
   */
  ports?: 'free' | 'fixed'
  /** PiKVM certificates by machine name, from an earlier `rack.identities()`, so that pins stay valid. */
  identities?: Readonly<Record<string, SelfSigned>>
  /** Port of the control server on 127.0.0.1. Default 0: any free one. null: none. */
  controlPort?: number | null
}

/** A check that Crashcart can make of a machine. */
interface RackCheck {
  kind: 'tcp' | 'banner' | 'nfs'
  label: string
  address: string
  port: number
}

/** What an inventory needs to know of one machine. */
export interface RackMachine {
  name: string
  kind: 'server' | 'nas'
  notes: string
  place: StoryPlace
  layout: 'us' | 'jp'
  bootMs: number
  checks: RackCheck[]
  pikvm: {
    address: string
    port: number
    user: string
    password: string
    totpSecret: string | null
    /** SHA-256 of the public key, `AA:BB:…`. */
    pin: string
  }
  bmc: { address: string; port: number; user: string; password: string } | null
  /** A GPIO channel that works as a power control of this machine. */
  gpio: { channel: string; wiring: 'supply' } | null
}

/** Site, racks and machines of the running simulation, for whoever fills an inventory with them. */
export interface RackDescription {
  site: { name: string; timeZone: string }
  racks: readonly StoryRack[]
  machines: readonly RackMachine[]
}

const FIXED_PORTS = { pikvm: 8443, ssh: 2222, nfs: 2049, ipmi: 6230 } as const
const CHECK_OF_SERVICE: Readonly<Record<ServiceKind, { kind: 'banner' | 'nfs'; label: string }>> = {
  ssh: { kind: 'banner', label: 'SSH' },
  nfs: { kind: 'nfs', label: 'NFS' },
}
const USER = 'admin'
const PASSWORD = 'admin'
/** An operator of its own, as one should have. */
const BMC_USER = { id: 3, name: 'crashcart', password: 'slow-fan-14', privilege: 3 }

interface Unit {
  story: StoryMachine
  machine: SimMachine
  pikvm: SimPikvm
  services: NetworkService[]
  bmc: BoardBmc | null
}

interface BoardBmc extends AsyncDisposable {
  address: string
  port: number
}

/** Starts the two racks of the demo. Dispose the result to close all of it. */
export async function startRack(options: RackOptions = {}): Promise<SimRack> {
  const encoder = new FrameEncoder()
  const clock = scaledClock(options.speed ?? 1)
  const chosen = STORY_MACHINES.filter(({ name }) => options.only?.includes(name) ?? true)
  const units: Unit[] = []
  for (const story of chosen) units.push(await startUnit(story, { clock, encoder, options }))
  const rack = new SimRack(units, encoder)
  if (options.controlPort !== null) await rack.openControl(options.controlPort ?? 0)
  return rack
}

async function startUnit(
  story: StoryMachine,
  shared: { clock: SimClock; encoder: FrameEncoder; options: RackOptions },
): Promise<Unit> {
  const { clock, encoder, options } = shared
  const isFixed = options.ports === 'fixed'
  const identity = options.identities?.[story.name]
  const machine = new SimMachine({
    ...story.machine,
    name: story.name,
    clock,
    layout: story.layout,
  })
  if (options.withTroubles ?? true) makeTrouble(machine, story)
  const pikvm = await startSimPikvm({
    ...story.pikvm,
    machine,
    encoder,
    name: `pikvm-${story.name}`,
    host: `127.77.2.${story.number}`,
    port: isFixed ? FIXED_PORTS.pikvm : 0,
    users: { [USER]: PASSWORD },
    ...(identity ? { certificate: identity } : {}),
  })
  const services: NetworkService[] = []
  for (const kind of story.services) {
    const host = `127.77.1.${story.number}`
    services.push(await startNetworkService({ machine, kind, host, port: isFixed ? FIXED_PORTS[kind] : 0 }))
  }
  const bmc = story.hasBmc === true ? await startBoardBmc(machine, story.number, isFixed) : null
  return { story, machine, pikvm, services, bmc }
}

/** A BMC on the machine's board, with a fan below its lower limit and the log entry about it. */
async function startBoardBmc(machine: SimMachine, number: number, isFixed: boolean): Promise<BoardBmc> {
  const board = new MachineBoard(machine)
  const port = isFixed ? FIXED_PORTS.ipmi : 0
  const bmc = await startBmc({ board, host: `127.77.3.${number}`, port, users: [BMC_USER] })
  const fan = bmc.state.sensors.find(({ name }) => name === 'FAN1')
  if (fan) {
    fan.raw = 6
    bmc.state.log({ sensorType: fan.type, sensorNumber: fan.number, eventType: 0x01, data: [0x50, 6, 7] })
  }
  const dispose = async (): Promise<void> => {
    board.dispose()
    await bmc.close()
  }
  return { address: bmc.host, port: bmc.port, [Symbol.asyncDispose]: dispose }
}

function makeTrouble(machine: SimMachine, { trouble, lastWords }: StoryMachine): void {
  if (lastWords) machine.screen.write(`\n${lastWords.join('\n')}\n`)
  if (trouble === 'hung') machine.hang()
  if (trouble === 'networkLost') machine.loseNetwork()
  if (trouble === 'ledUnwired') machine.setLedWired(false)
}

/** The running simulation. */
export class SimRack {
  readonly description: RackDescription
  readonly #units: readonly Unit[]
  readonly #encoder: FrameEncoder
  #control: SimControl | null = null

  constructor(units: readonly Unit[], encoder: FrameEncoder) {
    this.#units = units
    this.#encoder = encoder
    const used = new Set(units.map(({ story }) => story.place.rack))
    this.description = {
      site: { ...STORY_SITE },
      racks: STORY_RACKS.filter(({ name }) => used.has(name)),
      machines: units.map(describe),
    }
  }

  /** Address of the loopback server through which another process reads and breaks things; null without one. */
  get controlUrl(): string | null {
    return this.#control?.url ?? null
  }

  get names(): string[] {
    return this.#units.map(({ story }) => story.name)
  }

  /** @throws RangeError when there is no such machine */
  machine(name: string): SimMachine {
    return this.#unit(name).machine
  }

  /** The PiKVM in front of that machine. @throws RangeError when there is no such machine */
  pikvm(name: string): SimPikvm {
    return this.#unit(name).pikvm
  }

  /** Resolves when every network service has caught up with its machine. */
  async settled(): Promise<void> {
    await Promise.all(this.#units.flatMap(({ services }) => services.map((service) => service.settled())))
  }

  /** Certificates and keys by machine name, to start the next rack with. */
  identities(): Record<string, SelfSigned> {
    return Object.fromEntries(this.#units.map(({ story, pikvm }) => [story.name, pikvm.certificate]))
  }

  async openControl(port: number): Promise<void> {
    this.#control = await startControl(this, port)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#control?.[Symbol.asyncDispose]()
    for (const { machine, pikvm, services, bmc } of this.#units) {
      await bmc?.[Symbol.asyncDispose]()
      machine.dispose()
      await pikvm[Symbol.asyncDispose]()
      for (const service of services) await service[Symbol.asyncDispose]()
    }
    await this.#encoder.close()
  }

  #unit(name: string): Unit {
    const unit = this.#units.find(({ story }) => story.name === name)
    if (!unit) throw new RangeError(`There is no machine ${name} in the simulated rack.`)
    return unit
  }
}

function describe({ story, machine, pikvm, services, bmc }: Unit): RackMachine {
  const wired = Object.entries(story.pikvm.gpioWiring ?? {}).find(([, wire]) => wire === 'mains')
  return {
    name: story.name,
    kind: story.kind,
    notes: story.notes,
    place: story.place,
    layout: story.layout === 'jis' ? 'jp' : 'us',
    bootMs: machine.bootMs,
    checks: services.map(({ kind, host, port }) => ({ ...CHECK_OF_SERVICE[kind], address: host, port })),
    pikvm: {
      address: pikvm.host,
      port: pikvm.port,
      user: USER,
      password: PASSWORD,
      totpSecret: story.pikvm.totpSecret ?? null,
      pin: pikvm.pin,
    },
    bmc: bmc && {
      address: bmc.address,
      port: bmc.port,
      user: BMC_USER.name,
      password: BMC_USER.password,
    },
    gpio: wired ? { channel: wired[0], wiring: 'supply' } : null,
  }
}
