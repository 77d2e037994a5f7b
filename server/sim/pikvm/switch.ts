import type { SimClock } from '../machine/clock.ts'
import { PORTS_PER_UNIT, targetChannel, type SwitchUnits, type UnitState } from '../switch/switch-units.ts'
import type { AtxAction, AtxButton } from './atx.ts'
import { EMPTY_SWITCH } from './static-state.ts'

/** Parts of kvmd's `switch` state; each is sent when it changes, `full` means all of them with the model. */
type Part = 'full' | 'summary' | 'video' | 'usb' | 'atx'

/** Seconds that a port's buttons are held. */
export interface ClickDelays {
  power: number
  power_long: number
  reset: number
}

/** Options of the Switch part of a simulated kvmd. */
export interface KvmdSwitchOptions {
  clock: SimClock
  /** null: no Switch is connected. */
  units: SwitchUnits | null
  names?: readonly string[]
  /** Until its units have answered, so long after its start, kvmd tells of no Switch, ms. */
  firstLookMs?: number
  /** While true, presses are answered as usual and do nothing at all. */
  lies: () => boolean
  /** Something may be sent. */
  onChange: () => void
}

/** kvmd's defaults. */
const DELAYS: ClickDelays = { power: 0.5, power_long: 5.5, reset: 0.5 }
/** Commands go through a queue to a process of their own; LEDs alone wait for those of other units. */
const TIMES = { queueMs: 5, ledsMs: 200 } as const

/**
 * kvmd's PiKVM Switch: commands are queued and answered at once; one that cannot be done is dropped without a word. The
 * active port changes when its command is taken, the units follow, and only then it is `synced`.
 */
export class KvmdSwitch {
  /** While false, no change of LEDs and presses is told: kvmd loses them when several come 0.1 to 0.2 s apart (`state.py`). */
  tellsLeds = true
  readonly #options: KvmdSwitchOptions
  readonly #delays: ClickDelays[]
  readonly #names: string[]
  readonly #pending = new Set<Part>()
  #activePort = -1
  #isSynced = true
  #ledsAreDue = false
  #prev: UnitState[] = []
  readonly #unsubscribe: () => void
  #hasLooked: boolean
  #firstLook: NodeJS.Timeout | undefined

  constructor(options: KvmdSwitchOptions) {
    this.#options = options
    const { firstLookMs = 0 } = options
    this.#hasLooked = firstLookMs === 0
    if (!this.#hasLooked) this.#firstLook = setTimeout(() => this.#look(), firstLookMs)
    const ports = options.units?.ports ?? []
    this.#delays = ports.map(() => ({ ...DELAYS }))
    this.#names = ports.map((_, port) => options.names?.[port] ?? '')
    this.#unsubscribe =
      options.units?.onChange((change, unit) =>
        change === 'leds' ? this.#ledsChanged() : this.#unitChanged(unit),
      ) ?? (() => undefined)
    if (options.units) this.#adoptPort(options.units)
  }

  /** kvmd's full state. */
  state(): Record<string, unknown> {
    const { units } = this.#options
    if (!units || !this.#hasLooked) return EMPTY_SWITCH
    return {
      ...this.#parts('full'),
      edids: this.#edids(),
      colors: EMPTY_SWITCH.colors,
      beacons: this.#beacons(),
    }
  }

  /** What is new since the last call, one event each. */
  takeChanges(): Record<string, unknown>[] {
    const parts = [...this.#pending]
    this.#pending.clear()
    if (!this.#hasLooked) return []
    return parts.includes('full') ? [this.state()] : parts.map((part) => this.#parts(part))
  }

  setActive(port: number): void {
    this.#queue((units) => {
      if (translated(port) < units.ports.length) this.#activate(translated(port))
    })
  }

  /** One port down or up; stops at the ends. */
  step(by: 1 | -1): void {
    this.#queue((units) => {
      const port = by === 1 ? Math.max(-1, this.#activePort) + 1 : this.#activePort - 1
      if (port >= 0 && port < units.ports.length) this.#activate(port)
    })
  }

  /** Presses whatever the LED says; a port that is busy or missing is passed over. */
  click(port: number, button: AtxButton): void {
    this.#press(port, button, null)
  }

  /** Presses only where the LED agrees. */
  power(port: number, action: AtxAction): void {
    const buttons = { on: 'power', off: 'power', off_hard: 'power_long', reset_hard: 'reset' } as const
    this.#press(port, buttons[action], action !== 'on')
  }

  setPortParams(port: number, params: Partial<ClickDelays> & { name?: string }): void {
    const { name, ...delays } = params
    const at = translated(port)
    if (name !== undefined) this.#names[at] = name
    for (const [key, value] of Object.entries(delays)) {
      const known = this.#delays[at]
      // Zero stands for the default.
      if (known) Object.assign(known, { [key]: value === 0 ? DELAYS[key as keyof ClickDelays] : value })
    }
    this.#bump('full')
  }

  dispose(): void {
    clearTimeout(this.#firstLook)
    this.#unsubscribe()
  }

  #look(): void {
    this.#hasLooked = true
    this.#bump('full')
  }

  #press(port: number, button: AtxButton, ifLit: boolean | null): void {
    const at = translated(port)
    const delay = this.#delays[at]?.[button] ?? DELAYS[button]
    this.#queue((units) => {
      const unit = Math.floor(at / PORTS_PER_UNIT)
      const ch = at % PORTS_PER_UNIT
      if (unit >= units.unitCount || units.state(unit).atxBusy[ch]) return
      if (ifLit !== null && units.leds(unit).power[ch] !== ifLit) return
      if (this.#options.lies()) return
      units.click(at, button === 'reset' ? 'reset' : 'power', delay * 1000)
    })
  }

  #queue(command: (units: SwitchUnits) => void): void {
    const { units, clock } = this.#options
    if (units) clock.after(TIMES.queueMs, () => command(units))
  }

  /** At its start kvmd takes over the port that the hardware has. */
  #adoptPort(units: SwitchUnits): void {
    this.#prev = Array.from({ length: units.unitCount }, (_, unit) => units.state(unit))
    const unit = this.#prev.findIndex(({ ch }) => ch < PORTS_PER_UNIT)
    const ch = this.#prev[unit]?.ch
    if (ch !== undefined) this.#activePort = unit * PORTS_PER_UNIT + ch
  }

  #activate(port: number): void {
    const isNew = port !== this.#activePort
    this.#activePort = port
    const isSyncNews = this.#recheckSync()
    if (isNew || isSyncNews) this.#bump('summary')
    this.#followPort()
  }

  /** Tells each unit that has another channel than it should. */
  #followPort(): void {
    const { units } = this.#options
    if (!units) return
    for (let unit = 0; unit < units.unitCount; unit++) {
      const { ch, changingBusy } = units.state(unit)
      const target = targetChannel(unit, this.#activePort)
      if (this.#activePort >= 0 && !changingBusy && ch !== target) units.select(unit, target)
    }
  }

  #unitChanged(unit: number): void {
    const { units } = this.#options
    if (!units) return
    const before = this.#prev[unit]
    const now = units.state(unit)
    this.#prev[unit] = now
    if (this.#recheckSync()) this.#bump('summary')
    if (String(before?.video5v) !== String(now.video5v)) this.#bump('video')
    if (String(before?.usb5v) !== String(now.usb5v)) this.#bump('usb')
    if (String(before?.atxBusy) !== String(now.atxBusy)) this.#ledsChanged()
    this.#followPort()
  }

  #ledsChanged(): void {
    if (this.#ledsAreDue) return
    this.#ledsAreDue = true
    this.#options.clock.after(TIMES.ledsMs, () => {
      this.#ledsAreDue = false
      if (this.tellsLeds) this.#bump('atx')
    })
  }

  #recheckSync(): boolean {
    const { units } = this.#options
    if (!units) return false
    const isSynced = Array.from({ length: units.unitCount }, (_, unit) => units.state(unit)).every(
      ({ ch, changingBusy }, unit) =>
        !changingBusy && (this.#activePort < 0 || ch === targetChannel(unit, this.#activePort)),
    )
    const isNews = isSynced !== this.#isSynced
    this.#isSynced = isSynced
    return isNews
  }

  #bump(part: Part): void {
    this.#pending.add(part)
    this.#options.onChange()
  }

  #parts(part: Part): Record<string, unknown> {
    const { units } = this.#options
    if (!units) return {}
    const states = Array.from({ length: units.unitCount }, (_, unit) => units.state(unit))
    const leds = states.map((_, unit) => units.leds(unit))
    const has = (...parts: Part[]): boolean => part === 'full' || parts.includes(part)
    return {
      ...(part === 'full' && { model: this.#model(states.length) }),
      ...(has('summary') && { summary: this.#summary() }),
      ...(has('video') && { video: { links: states.flatMap(({ video5v }) => video5v) } }),
      ...(has('usb') && { usb: { links: states.flatMap(({ usb5v }) => usb5v) } }),
      ...(has('atx') && {
        atx: {
          busy: states.flatMap(({ atxBusy }) => atxBusy),
          leds: { power: leds.flatMap(({ power }) => power), hdd: leds.flatMap(({ hdd }) => hdd) },
        },
      }),
    }
  }

  #summary() {
    const active_id = this.#activePort < 0 ? '' : this.#idOf(this.#activePort)
    return { active_port: this.#activePort, active_id, synced: this.#isSynced }
  }

  #model(unitCount: number) {
    return {
      ...EMPTY_SWITCH.model,
      units: Array.from({ length: unitCount }, () => ({ firmware: { version: 9, devbuild: false } })),
      ports: this.#delays.map((click_delays, port) => ({
        unit: Math.floor(port / PORTS_PER_UNIT),
        channel: port % PORTS_PER_UNIT,
        name: this.#names[port],
        id: this.#idOf(port),
        atx: { click_delays },
        video: { dummy: true },
      })),
    }
  }

  #idOf(port: number): string {
    const unitCount = this.#options.units?.unitCount ?? 0
    if (unitCount <= 1) return String(port + 1)
    return `${Math.floor(port / PORTS_PER_UNIT) + 1}.${(port % PORTS_PER_UNIT) + 1}`
  }

  #edids() {
    const all = { default: { name: 'Default', data: '', parsed: null } }
    return { all, used: this.#delays.map(() => 'default') }
  }

  #beacons() {
    const unitCount = this.#options.units?.unitCount ?? 0
    const dark = (count: number): boolean[] => Array.from({ length: count }, () => false)
    return { uplinks: dark(unitCount), downlinks: dark(unitCount), ports: dark(this.#delays.length) }
  }
}

/** `1.2` is channel 2 of unit 1; a whole number counts ports from 0. */
function translated(port: number): number {
  if (Number.isInteger(port)) return port
  const [unit = 1, ch = 1] = String(port).split('.').map(Number)
  const within = (value: number, most: number): number => Math.min(Math.max(value, 1), most)
  return Math.min((within(unit, 5) - 1) * PORTS_PER_UNIT + within(ch, PORTS_PER_UNIT) - 1, 19)
}
