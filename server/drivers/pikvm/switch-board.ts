import type { SeatPlace } from '../../contract/state.ts'
import type { SwitchFacts } from './switch-facts.ts'

/**
 * Who has the one screen and keyboard of a PiKVM, without sockets or clocks. `facts` null: the device has not told.
 * `asked`: a port that Crashcart asked for and that is not there yet; until then nothing is certain, because kvmd
 * answers before it has done anything.
 */
export type SwitchBoard = {
  facts: SwitchFacts | null
  /** A Switch was there when it last told. */
  hadSwitch: boolean
  /** Since when it tells of none on this link, which is not believed yet; null: it does not. */
  noneSince: number | null
  asked: { port: number; by: string; isTaken: boolean } | null
  shown: { port: number | null; label: string; since: number; by: string | null }
  /** It came from another port, and its new machine has not been seen yet. */
  isArriving: boolean
}

export type BoardInput =
  | { type: 'facts'; facts: SwitchFacts }
  | { type: 'ask'; port: number; by: string }
  /** It was refused, or never came: what the device tells is all there is. */
  | { type: 'giveUp' }
  /** A picture of the machine that it came to was seen, or was waited for long enough. */
  | { type: 'arrived' }
  /** The link is lost: what was told is not known any more. */
  | { type: 'offline' }

/** A kvmd that was just started tells of no Switch until its units have answered: 20 ms on a fast host, ms. */
export const noneSettleMs = 2_000

/** Nothing told yet. `hadSwitch`: it had one when it was last asked what it has. */
export function startingBoard(now: number, hadSwitch: boolean): SwitchBoard {
  const shown = { port: null, label: '', since: now, by: null }
  return { facts: null, hadSwitch, noneSince: null, asked: null, shown, isArriving: false }
}

/** The board after `input` at `now`. */
export function advanceBoard(board: SwitchBoard, input: BoardInput, now: number): SwitchBoard {
  switch (input.type) {
    case 'facts':
      return takeFacts(board, input.facts, now)
    case 'ask':
      return { ...board, asked: { port: input.port, by: input.by, isTaken: false } }
    case 'giveUp':
      return { ...board, asked: null }
    case 'arrived':
      return { ...board, isArriving: false }
    case 'offline':
      return { ...board, facts: null, noneSince: null, asked: null }
  }
}

function takeFacts(board: SwitchBoard, facts: SwitchFacts, now: number): SwitchBoard {
  const { asked } = board
  // A clock that was set back begins it anew.
  const noneSince = Math.min(board.noneSince ?? now, now)
  const isNoneYet = facts.portCount === 0 && board.hadSwitch && board.facts === null
  if (isNoneYet && now - noneSince < noneSettleMs) return { ...board, noneSince }
  const isAskedPort = asked !== null && facts.activePort === asked.port
  // Once it was taken, another port is somebody else's wish.
  const isOver = asked !== null && (isAskedPort ? facts.isSettled : asked.isTaken)
  const { port: portBefore } = board.shown
  const hasMoved = portBefore !== null && facts.activePort !== portBefore
  return {
    facts,
    hadSwitch: facts.portCount > 0,
    noneSince: null,
    asked: asked === null || isOver ? null : { ...asked, isTaken: asked.isTaken || isAskedPort },
    shown: nowShown(board, facts, now),
    isArriving: board.isArriving || hasMoved,
  }
}

function nowShown({ shown, asked }: SwitchBoard, facts: SwitchFacts, now: number): SwitchBoard['shown'] {
  const { activePort: port } = facts
  const label = labelOf(facts, port)
  if (port === shown.port) return label === shown.label ? shown : { ...shown, label }
  return { port, label, since: now, by: asked?.port === port ? asked.by : null }
}

/** Whether screen and keyboard are with the machine on `port` (null: the one plugged in directly); null: not known. */
export function placeOf(board: SwitchBoard, port: number | null): SeatPlace | null {
  const { facts, hadSwitch, asked } = board
  if (port === null) return placeOfDirect(facts, hadSwitch)
  if (facts === null) return null
  if (port >= facts.portCount) return 'noPort'
  if (asked?.port === port) return 'moving'
  if (facts.activePort !== port) return 'elsewhere'
  if (asked !== null) return 'leaving'
  if (!facts.isSettled) return 'moving'
  return board.isArriving ? 'arriving' : 'here'
}

/** True when screen and keyboard are certainly with that machine, whether or not it was seen there yet. */
export function isOwn(place: SeatPlace | null): boolean {
  return place === 'here' || place === 'arriving'
}

/** A Switch in between: whose screen it is depends on its port, which nobody has said. */
function placeOfDirect(facts: SwitchFacts | null, hadSwitch: boolean): SeatPlace | null {
  if (facts === null) return hadSwitch ? null : 'here'
  return facts.portCount > 0 ? 'noPort' : 'here'
}

/** The name of a port; empty where there is none. */
export function labelOf(facts: SwitchFacts | null, port: number | null): string {
  return port === null ? '' : (facts?.labels[port] ?? '')
}

/** Whose screen and keyboard they certainly are: a port's, those of the machine plugged in directly, or nobody's. */
export type ScreenOwner = number | 'direct' | 'nobody'

/** Nobody while they are on their way. */
export function ownerOf(board: SwitchBoard): ScreenOwner {
  if (isOwn(placeOf(board, null))) return 'direct'
  const port = board.facts?.activePort ?? null
  return port !== null && isOwn(placeOf(board, port)) ? port : 'nobody'
}
