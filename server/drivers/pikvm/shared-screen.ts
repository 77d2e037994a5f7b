import type { SeatPlace } from '../../contract/state.ts'
import type { SendOutcome } from '../driver.ts'
import { createPictureGate, type OpenablePictureGate, type PictureGate } from './picture-gate.ts'
import type { Verdict } from './power-request.ts'
import {
  advanceBoard,
  isOwn,
  ownerOf,
  placeOf,
  startingBoard,
  type BoardInput,
  type ScreenOwner,
  type SwitchBoard,
} from './switch-board.ts'

/** How long the units may take to follow a command, ms. */
const followWithinMs = 6_000

export type SharedScreenParts = {
  hadSwitch: boolean
  /** From the moment the units have followed until pictures count: what was captured before is still on its way, ms. */
  pictureSettleMs: number
  /** How long a machine's first picture may take after that: without one keys must go out all the same, ms. */
  firstPictureMs: number
  now(): number
  /** The screen left a machine: what is held would be held at the next one. Resolves when the device has heard of it. */
  letGo(): Promise<void>
  /** Pictures that come from what runs now may be another machine's: begin anew. */
  restartPictures(): void
  /** Something about who has the screen changed. */
  onBoard(board: SwitchBoard): void
  /** Asks the device once to show this port; never throws. */
  ask(port: number, abort: AbortSignal): Promise<Verdict>
}

/** Who has the one screen and keyboard of a PiKVM. */
export interface SharedScreen {
  readonly board: SwitchBoard
  take(input: BoardInput): void
  placeOf(port: number | null): SeatPlace | null
  /** Whether pictures are this machine's. */
  gateOf(port: number | null): PictureGate
  /** A picture of the machine on this port came through its gate. */
  pictureSeen(port: number | null): void
  show(port: number, by: string, abort: AbortSignal): Promise<SendOutcome>
  close(): void
}

/** With the machine that is plugged in directly, until the device tells of a Switch. */
export function createSharedScreen(parts: SharedScreenParts): SharedScreen {
  const gates = new Map<ScreenOwner, OpenablePictureGate>()
  let board = startingBoard(parts.now(), parts.hadSwitch)
  let settling: NodeJS.Timeout | undefined
  let turn: Promise<unknown> = Promise.resolve()
  let settled: (() => void)[] = []
  gateAt(ownerOf(board)).set(true)

  function gateAt(owner: ScreenOwner): OpenablePictureGate {
    const gate = gates.get(owner) ?? createPictureGate()
    gates.set(owner, gate)
    return gate
  }
  function take(input: BoardInput): void {
    const before = ownerOf(board)
    board = advanceBoard(board, input, parts.now())
    const owner = ownerOf(board)
    if (owner !== before) moved(before, owner)
    parts.onBoard(board)
    if (board.asked === null) for (const done of settled.splice(0)) done()
  }
  function moved(before: ScreenOwner, owner: ScreenOwner): void {
    clearTimeout(settling)
    gateAt(before).set(false)
    // Whoever moved it: what is still held here would be pressed at the next machine with the next key.
    if (before !== 'nobody') void parts.letGo()
    if (owner === 'nobody') return
    settling = setTimeout(() => {
      parts.restartPictures()
      settling = setTimeout(arrived, parts.firstPictureMs)
      gateAt(owner).set(true)
    }, parts.pictureSettleMs)
  }
  function arrived(): void {
    if (board.isArriving) take({ type: 'arrived' })
  }
  async function show(port: number, by: string, abort: AbortSignal): Promise<SendOutcome> {
    const place = placeOf(board, port)
    if (isOwn(place)) return outcome({ outcome: 'acknowledged', reason: 'alreadyShown' })
    if (place === null) return outcome({ outcome: 'notSent', reason: 'device/unreachable' })
    if (place === 'noPort') return outcome({ outcome: 'notSent', reason: 'device/unsupported' })
    take({ type: 'ask', port, by })
    await parts.letGo()
    const verdict = await parts.ask(port, abort)
    if (verdict.outcome !== 'notSent') await untilSettled()
    if (board.asked !== null) take({ type: 'giveUp' })
    return outcome(verdict)
  }
  function untilSettled(): Promise<void> {
    if (board.asked === null) return Promise.resolve()
    return new Promise((resolve) => {
      const late = setTimeout(resolve, followWithinMs)
      settled.push(() => {
        clearTimeout(late)
        resolve()
      })
    })
  }
  function outcome(verdict: Verdict): SendOutcome {
    return { ...verdict, at: parts.now() }
  }

  return {
    get board() {
      return board
    },
    take,
    placeOf: (port) => placeOf(board, port),
    gateOf: (port) => gateAt(port ?? 'direct'),
    pictureSeen(port) {
      if (port === ownerOf(board) && gateAt(port).isOpen) arrived()
    },
    show(port, by, abort) {
      // One wish after another: until the units have followed nobody can tell whose screen it is.
      const mine = turn.then(() => show(port, by, abort))
      turn = mine
      return mine
    },
    close() {
      clearTimeout(settling)
      for (const done of settled.splice(0)) done()
    },
  }
}
