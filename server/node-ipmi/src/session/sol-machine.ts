import { type SolPacket, solOperation, solStatus } from '../wire/sol-packet.ts'

interface SolTiming {
  /** Wait for an acknowledgement before the same packet is sent again. */
  retryMs: number
  /** Most transmissions of one packet. */
  maxAttempts: number
  /** Pause after a NACK before the rest is offered again, if the BMC does not call earlier. */
  nackPauseMs: number
}

export interface SolConfig {
  timing: SolTiming
  /** Most characters in one packet to the BMC. */
  maxChars: number
  /** One more round under the next sequence number before giving up (quirk solpacketseq). */
  bumpSequence: boolean
}

/** What waits to be sent: characters, or a packet without characters that carries a break or a change of flow. */
type Outgoing = { data: Buffer; isBreak: boolean }

interface InFlight extends Outgoing {
  sequence: number
  attempts: number
  retryAtMs: number
  isBumped: boolean
}

export interface SolState {
  isOpen: boolean
  nextSequence: number
  outgoing: readonly Outgoing[]
  inFlight: InFlight | undefined
  /** After a NACK: nothing goes out before this time, or before the BMC says it is ready. */
  heldUntilMs: number
  /** We asked the BMC to hold its characters back (CTS). */
  isPausedByUs: boolean
  lastReceived: { sequence: number; length: number } | undefined
}

export type SolInput =
  | { type: 'write'; data: Buffer }
  | { type: 'break' }
  | { type: 'pause' }
  | { type: 'resume' }
  | { type: 'packet'; packet: SolPacket }
  | { type: 'tick' }

export type SolEffect =
  | { type: 'send'; packet: SolPacket }
  | { type: 'received'; data: Buffer }
  | { type: 'break detected' }
  | { type: 'overrun' }
  /** The BMC took this many characters of what was written. */
  | { type: 'accepted'; count: number }
  | { type: 'closed'; reason: 'deactivated by the BMC' | 'not acknowledged' }

export interface SolResult {
  state: SolState
  effects: SolEffect[]
}

const noData = Buffer.alloc(0)
const control: Outgoing = { data: noData, isBreak: false }

export const initialSol: SolState = {
  isOpen: true,
  nextSequence: 1,
  outgoing: [],
  inFlight: undefined,
  heldUntilMs: 0,
  isPausedByUs: false,
  lastReceived: undefined,
}

/** One step of the SOL stream: state, input and time give the next state and effects. @see IPMI 2.0 §15.11 */
export function stepSol(config: SolConfig, state: SolState, input: SolInput, nowMs: number): SolResult {
  if (!state.isOpen) return { state, effects: [] }
  switch (input.type) {
    case 'write':
      return pump(config, queue(state, { data: input.data, isBreak: false }), nowMs)
    case 'break':
      return pump(config, queue(state, { data: noData, isBreak: true }), nowMs)
    case 'pause':
    case 'resume':
      return pump(config, queue({ ...state, isPausedByUs: input.type === 'pause' }, control), nowMs)
    case 'packet':
      return onPacket(config, state, input.packet, nowMs)
    case 'tick':
      return onTick(config, state, nowMs)
  }
}

/** When `tick` is wanted next, or undefined when nothing is due. */
export function solWakeMs(state: SolState): number | undefined {
  if (!state.isOpen) return undefined
  if (state.inFlight) return state.inFlight.retryAtMs
  return state.outgoing.length > 0 ? state.heldUntilMs : undefined
}

function queue(state: SolState, item: Outgoing): SolState {
  return { ...state, outgoing: [...state.outgoing, item] }
}

/** Sends the next packet if none is in flight; `ack` rides along with it, or goes alone. */
function pump(
  config: SolConfig,
  state: SolState,
  nowMs: number,
  ack = { sequence: 0, length: 0 },
): SolResult {
  const head = state.outgoing[0]
  if (!head || state.inFlight || nowMs < state.heldUntilMs) {
    if (ack.sequence === 0) return { state, effects: [] }
    return { state, effects: [{ type: 'send', packet: ackPacket(state, ack) }] }
  }
  const data = head.data.subarray(0, config.maxChars)
  const rest = head.data.subarray(data.length)
  const outgoing = state.outgoing.slice(1)
  if (rest.length > 0) outgoing.unshift({ data: rest, isBreak: false })
  const inFlight: InFlight = {
    data,
    isBreak: head.isBreak,
    sequence: state.nextSequence,
    attempts: 1,
    retryAtMs: nowMs + config.timing.retryMs,
    isBumped: false,
  }
  const next = { ...state, outgoing, inFlight, nextSequence: nextSequence(inFlight.sequence) }
  return { state: next, effects: [{ type: 'send', packet: dataPacket(next, inFlight, ack) }] }
}

function onPacket(config: SolConfig, state: SolState, packet: SolPacket, nowMs: number): SolResult {
  const effects: SolEffect[] = []
  let next = takeAck(config, state, packet, nowMs, effects)
  if ((packet.flags & solStatus.breakDetected) !== 0) effects.push({ type: 'break detected' })
  if ((packet.flags & solStatus.transmitOverrun) !== 0) effects.push({ type: 'overrun' })
  const ack = { sequence: 0, length: 0 }
  if (packet.sequence !== 0) next = takeData(next, packet, ack, effects)
  if ((packet.flags & solStatus.deactivating) !== 0) {
    if (ack.sequence !== 0) effects.push({ type: 'send', packet: ackPacket(next, ack) })
    effects.push({ type: 'closed', reason: 'deactivated by the BMC' })
    return { state: { ...next, isOpen: false }, effects }
  }
  const pumped = pump(config, next, nowMs, ack)
  return { state: pumped.state, effects: [...effects, ...pumped.effects] }
}

function takeAck(
  config: SolConfig,
  state: SolState,
  packet: SolPacket,
  nowMs: number,
  effects: SolEffect[],
): SolState {
  const isHolding = (packet.flags & (solStatus.nack | solStatus.transferUnavailable)) !== 0
  const { inFlight } = state
  if (!inFlight || packet.ackSequence !== inFlight.sequence) {
    return isHolding ? state : { ...state, heldUntilMs: 0 }
  }
  const isNack = (packet.flags & solStatus.nack) !== 0
  const count = Math.min(packet.acceptedCount, inFlight.data.length)
  if (count > 0) effects.push({ type: 'accepted', count })
  const rest = inFlight.data.subarray(count)
  const mustRepeat = rest.length > 0 || (isNack && inFlight.data.length === 0)
  const waits = mustRepeat && (isHolding || count === 0)
  return {
    ...state,
    inFlight: undefined,
    outgoing: mustRepeat ? [{ data: rest, isBreak: inFlight.isBreak }, ...state.outgoing] : state.outgoing,
    heldUntilMs: waits ? nowMs + config.timing.nackPauseMs : 0,
  }
}

/** Delivers new characters once; a repeated packet is only acknowledged again, one from the past is ignored. */
function takeData(
  state: SolState,
  packet: SolPacket,
  ack: { sequence: number; length: number },
  effects: SolEffect[],
): SolState {
  const last = state.lastReceived
  const ahead = last ? (packet.sequence - last.sequence + 15) % 15 : 1
  if (ahead > 7) return state
  ack.sequence = packet.sequence
  ack.length = packet.data.length
  const known = ahead === 0 && last ? last.length : 0
  const fresh = packet.data.subarray(known)
  if (fresh.length > 0) effects.push({ type: 'received', data: fresh })
  const length = Math.max(known, packet.data.length)
  return { ...state, lastReceived: { sequence: packet.sequence, length } }
}

function onTick(config: SolConfig, state: SolState, nowMs: number): SolResult {
  const { inFlight } = state
  if (!inFlight) return pump(config, state, nowMs)
  if (nowMs < inFlight.retryAtMs) return { state, effects: [] }
  const isSpent = inFlight.attempts >= config.timing.maxAttempts
  if (isSpent && (!config.bumpSequence || inFlight.isBumped)) {
    return { state: { ...state, isOpen: false }, effects: [{ type: 'closed', reason: 'not acknowledged' }] }
  }
  const again: InFlight = {
    ...inFlight,
    retryAtMs: nowMs + config.timing.retryMs,
    attempts: isSpent ? 1 : inFlight.attempts + 1,
    sequence: isSpent ? state.nextSequence : inFlight.sequence,
    isBumped: inFlight.isBumped || isSpent,
  }
  const next = {
    ...state,
    inFlight: again,
    nextSequence: isSpent ? nextSequence(again.sequence) : state.nextSequence,
  }
  return {
    state: next,
    effects: [{ type: 'send', packet: dataPacket(next, again, { sequence: 0, length: 0 }) }],
  }
}

function dataPacket(state: SolState, item: InFlight, ack: { sequence: number; length: number }): SolPacket {
  return {
    sequence: item.sequence,
    ackSequence: ack.sequence,
    acceptedCount: ack.length,
    flags: flowFlags(state) | (item.isBreak ? solOperation.generateBreak : 0),
    data: item.data,
  }
}

function ackPacket(state: SolState, ack: { sequence: number; length: number }): SolPacket {
  return {
    sequence: 0,
    ackSequence: ack.sequence,
    acceptedCount: ack.length,
    flags: flowFlags(state),
    data: noData,
  }
}

function flowFlags(state: SolState): number {
  return state.isPausedByUs ? solOperation.ctsPause : 0
}

/** SOL sequence numbers run 1..15. */
function nextSequence(sequence: number): number {
  return sequence === 15 ? 1 : sequence + 1
}
