import type { BmcSession, SessionTable } from '../sessions.ts'
import type { BmcSolPort } from '../sol-port.ts'
import type { BmcState } from '../state.ts'
import type { Quirks } from '../../../node-ipmi/src/quirks.ts'

/** What a command handler may look at and change. */
export interface CommandContext {
  state: BmcState
  sessions: SessionTable
  sol: BmcSolPort
  /** Undefined for commands asked outside a session. */
  session: BmcSession | undefined
  suites: readonly number[]
  hasKg: boolean
  port: number
  deviations: Quirks
  bootParameters: readonly number[]
  /** Ends a session after the answer has gone out. */
  closeAfterwards(sessionId: number): void
}

/** Completion code and data of an answer. */
export interface CommandAnswer {
  code: number
  data: Uint8Array
}

export interface CommandHandler {
  /** 0 for anybody without a session, 2 user, 3 operator, 4 administrator. */
  privilege: number
  handle(data: Buffer, context: CommandContext): CommandAnswer
}

/** Handlers by network function and command, `(netFn << 8) | command`. */
export type CommandTable = ReadonlyMap<number, CommandHandler>

const empty = new Uint8Array(0)

export function ok(data: Uint8Array | readonly number[] = empty): CommandAnswer {
  return { code: 0, data: Uint8Array.from(data) }
}

export function refuse(code: number): CommandAnswer {
  return { code, data: empty }
}

/** One row of a table. */
export function command(
  netFn: number,
  number: number,
  privilege: number,
  handle: CommandHandler['handle'],
): [number, CommandHandler] {
  return [(netFn << 8) | number, { privilege, handle }]
}
