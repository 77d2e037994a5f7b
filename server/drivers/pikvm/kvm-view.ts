import type { KvmState, LedWiring, LinkProblem, Observed, SeatPlace } from '../../contract/state.ts'
import { emptyDeviceState, mergeEvent, type DeviceState } from './device-state.ts'
import type { DeviceEvent } from './events.ts'
import { readFacts, type Facts } from './facts.ts'
import { seatFacts } from './seat-facts.ts'
import { isOwn, labelOf, placeOf, type SwitchBoard } from './switch-board.ts'
import { readPort } from './switch-facts.ts'
import {
  darkFrom,
  darkSettleMs,
  powerFromLed,
  proveWiring,
  startingProof,
  type LedProof,
} from './led-wiring.ts'

type Values = Omit<Facts, 'powerLed'> & {
  reachable: boolean | null
  power: 'on' | 'off' | null
  place: SeatPlace | null
}
type Tracked = { [Name in keyof Values]: { value: Values[Name]; since: number; maybeLonger?: true } }

/** Everything known of one PiKVM, as one machine at it has it. Times are ms on the wall clock. */
export type KvmView = {
  /** Of the machine on this port of its Switch; null: of the one plugged in directly. */
  port: number | null
  /** Who has the screen; null before anything is known of a Switch. */
  board: SwitchBoard | null
  /** Since when screen and keyboard are this machine's; null while they are not. */
  ownSince: number | null
  device: DeviceState
  proof: LedProof
  /** The disk light was seen lit at this machine. */
  hddWasLit: boolean
  problem: LinkProblem | null
  pictureChangedAt: number | null
  pictureStirredAt: number | null
  tracked: Tracked
  /** From when a dark LED counts; 0: it does. */
  darkCountsFrom: number
  /** Since when the streamer runs, as far as we saw; null while it does not. */
  streamerSince: number | null
  /** When the device last showed that it is there; values that it pushed are current as of then. */
  heardAt: number
}

/** Input of the view. `heard`: any frame came, so everything pushed before still holds. */
export type ViewInput =
  | { type: 'event'; event: DeviceEvent }
  | { type: 'board'; board: SwitchBoard }
  | { type: 'online' }
  | { type: 'offline'; problem: LinkProblem | null }
  | { type: 'heard' }
  /** Time went on. */
  | { type: 'look' }
  | { type: 'pictureChanged' }
  | { type: 'pictureStirred' }
  /** Another machine is plugged in: what the former one's LED proved counts no more. */
  | { type: 'machineChanged' }

/** Nothing known. `ledWiring`: what was known of this machine's LED before. */
export function startingView(
  now: number,
  ledWiring: LedWiring = 'unproven',
  port: number | null = null,
): KvmView {
  const unknown = { value: null, since: now }
  const names = [
    ...Object.keys(readFacts(emptyDeviceState)),
    'reachable',
    'power',
    'place',
  ] as (keyof Values)[]
  return {
    port,
    board: null,
    ownSince: null,
    device: emptyDeviceState,
    proof: startingProof(ledWiring),
    hddWasLit: false,
    problem: null,
    pictureChangedAt: null,
    pictureStirredAt: null,
    tracked: Object.fromEntries(names.map((name) => [name, unknown])) as Tracked,
    darkCountsFrom: 0,
    streamerSince: null,
    heardAt: now,
  }
}

const stirEveryMs = 5_000
/** A streamer that was just started says "no signal" until it has looked, ms. */
const signalSettleMs = 3_000

/** The view after `input` at `now`. While the device is not reachable everything it said counts as unknown. */
export function advanceView(view: KvmView, input: ViewInput, now: number): KvmView {
  switch (input.type) {
    case 'event':
      return track({ ...view, device: mergeEvent(view.device, input.event), heardAt: now }, now)
    case 'board':
      return track({ ...view, board: input.board }, now)
    case 'online':
      return track({ ...view, ...justOnline(now) }, now, true)
    case 'offline':
      return track({ ...view, problem: input.problem, device: emptyDeviceState }, now, false)
    case 'heard':
      return track({ ...view, heardAt: now }, now)
    case 'look':
      return track(view, now)
    case 'pictureChanged':
      return { ...view, pictureChangedAt: now }
    case 'machineChanged':
      return track({ ...view, ...nothingSeen() }, now)
    case 'pictureStirred':
      return isStirNews(view, now) ? { ...view, pictureStirredAt: now } : view
  }
}

function justOnline(now: number): Partial<KvmView> {
  return { problem: null, heardAt: now, device: emptyDeviceState, darkCountsFrom: now + darkSettleMs }
}

/** What another machine starts with: nothing that the former one showed counts for it. */
function nothingSeen(): Pick<KvmView, 'proof' | 'hddWasLit' | 'pictureChangedAt' | 'pictureStirredAt'> {
  return { proof: startingProof(), hddWasLit: false, pictureChangedAt: null, pictureStirredAt: null }
}

/** A cursor blinks for hours, and each time would be told to everybody. */
function isStirNews({ pictureStirredAt }: KvmView, now: number): boolean {
  return pictureStirredAt === null || now - pictureStirredAt >= stirEveryMs
}

function track(view: KvmView, now: number, reachable = view.tracked.reachable.value): KvmView {
  const place = view.board === null ? null : placeOf(view.board, view.port)
  const ownSince = isOwn(place) ? (view.ownSince ?? now) : null
  const { powerLed: ledRead, ...facts } = factsOf({ ...view, ownSince }, place, now)
  const darkCountsFrom = darkFrom(view.darkCountsFrom, [ledRead, facts.hddActive], now)
  // A Switch tells of its ports once it knows of them.
  const isUnlooked = ledRead === false && view.port === null && now < darkCountsFrom
  const powerLed = isUnlooked ? null : ledRead
  // Whoever is told of the buttons and not of the LED takes it for dark.
  if (isUnlooked) facts.atxBusy = null
  const streamerSince = facts.streamerRunning === true ? (view.streamerSince ?? now) : null
  const isSettling = streamerSince !== null && now - streamerSince < signalSettleMs
  if (isSettling && facts.signal?.present === false) facts.signal = null
  const proof = proveWiring(view.proof, { powerLed, signalPresent: facts.signal?.present ?? null }, now)
  const values: Values = { ...facts, place, reachable, power: powerFromLed(powerLed, proof.wiring) }
  const entries = Object.entries(view.tracked).map(([name, before]) => {
    const value = values[name as keyof Values]
    if (isSame(before.value, value)) return [name, before]
    // Silent at the first try: nobody knows for how long.
    const isFirst = name === 'reachable' && value === false && before.value === null
    return [name, { value, since: now, ...(isFirst && { maybeLonger: true }) }]
  })
  const hddWasLit = view.hddWasLit || facts.hddActive === true
  return {
    ...view,
    ownSince,
    proof,
    hddWasLit,
    darkCountsFrom,
    streamerSince,
    tracked: Object.fromEntries(entries) as Tracked,
  }
}

/** Of a KVM that several machines share, only what is this machine's. */
function factsOf(view: KvmView, place: SeatPlace | null, now: number): Facts {
  const raw = readFacts(view.device)
  if (!isShared(view)) return raw
  const ownForMs = view.ownSince === null ? 0 : now - view.ownSince
  return seatFacts(raw, view.device.kvmSwitch, { port: view.port, place, ownForMs })
}

function isShared({ port, board }: KvmView): boolean {
  return port !== null || board?.hadSwitch === true
}

/** What the device says of its source, whoever's it is; null while it does not know. */
export function isSourceOnline({ device }: KvmView): boolean | null {
  return readFacts(device).signal?.present ?? null
}

/** True when both are equal primitives or both are objects with equal primitive fields. */
function isSame(one: unknown, other: unknown): boolean {
  if (one === other) return true
  return (
    typeof one === 'object' &&
    typeof other === 'object' &&
    one !== null &&
    other !== null &&
    JSON.stringify(one) === JSON.stringify(other)
  )
}

/** The view in the form that everybody else reads. */
export function toKvmState(view: KvmView, endpointId: string): KvmState {
  const { tracked } = view
  const seen = <T>({ value, since, maybeLonger }: Omit<Observed<T>, 'observedAt'>): Observed<T> => ({
    value,
    since,
    ...(maybeLonger && { maybeLonger }),
    observedAt: value === null ? since : Math.max(since, view.heardAt),
  })
  return {
    endpointId,
    ...seatOf(view, seen(tracked.place)),
    reachable: seen(tracked.reachable),
    problem: view.problem,
    signal: seen(tracked.signal),
    pictureChangedAt: view.pictureChangedAt,
    pictureStirredAt: view.pictureStirredAt,
    power: seen(tracked.power),
    hddActive: seen(tracked.hddActive),
    ...(view.hddWasLit && { hddWasLit: true as const }),
    atxBusy: seen(tracked.atxBusy),
    atxEnabled: seen(tracked.atxEnabled),
    ledWiring: view.proof.wiring,
    keyboardOnline: seen(tracked.keyboardOnline),
    mouseOnline: seen(tracked.mouseOnline),
    mouseAbsolute: seen(tracked.mouseAbsolute),
    capsLock: seen(tracked.capsLock),
    streamerRunning: seen(tracked.streamerRunning),
    cpuTemperatureC: seen(tracked.cpuTemperatureC),
    throttled: seen(tracked.throttled),
  }
}

function seatOf(view: KvmView, place: Observed<SeatPlace>): Pick<KvmState, 'seat'> {
  const { port, board } = view
  if (!isShared(view)) return {}
  const shown = board?.shown ?? { port: null, label: '', since: place.since, by: null }
  const label = labelOf(board?.facts ?? null, port)
  return { seat: { port, label, place, shown, longPressS: longPressS(view) } }
}

function longPressS({ port, device }: KvmView): number | null {
  return port === null ? null : (readPort(device.kvmSwitch, port).clickDelays?.powerLong ?? null)
}

/** How urgent the difference is for listeners: `now`, `soon` (things that flicker), or `none` (only ages differ). */
export function differenceOf(before: KvmView, after: KvmView): 'none' | 'soon' | 'now' {
  if (before.problem !== after.problem || before.proof.wiring !== after.proof.wiring) return 'now'
  if (before.board?.shown !== after.board?.shown && isShared(after)) return 'now'
  if (longPressS(before) !== longPressS(after)) return 'now'
  const changed = (Object.keys(after.tracked) as (keyof Values)[]).filter(
    (name) => before.tracked[name] !== after.tracked[name],
  )
  if (changed.some((name) => name !== 'hddActive' && name !== 'cpuTemperatureC')) return 'now'
  const isSamePicture =
    before.pictureChangedAt === after.pictureChangedAt && before.pictureStirredAt === after.pictureStirredAt
  return changed.length === 0 && isSamePicture ? 'none' : 'soon'
}
