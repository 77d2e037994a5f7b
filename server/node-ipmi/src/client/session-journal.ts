/** What is remembered of a session while it is open; no secret is in it. */
export interface SessionTicket {
  /** Random, chosen before the first datagram. */
  consoleSessionId: number
  /** The BMC's id; undefined until it answered Open Session. */
  bmcSessionId?: number
  /** False while RAKP is under way. */
  isActive: boolean
  /** From RAKP 2 on. */
  login?: SessionLogin
}

/** What both sides hashed besides the password, as it went over the wire: with the password it gives the session's keys. */
interface SessionLogin {
  suite: number
  role: number
  /** 16 bytes each, as hex. */
  consoleRandom: string
  bmcRandom: string
  /** A session sequence number that was used; the last one is at most `sequenceReach` higher. */
  sequence: number
}

/** A ticket is written again after so many packets. */
export const sequenceNoteEvery = 256
/** Packets that may have gone out since the ticket was written, with time for the writing itself. */
export const sequenceReach = 2 * sequenceNoteEvery

/**
 * Where tickets survive a crash of this process: one record per endpoint. After a restart the client closes
 * the sessions it finds there, since a BMC has few of them and keeps each for a minute or more. A journal that
 * fails stops nothing; it should say so where its owner looks.
 */
export interface SessionJournal {
  load(): Promise<readonly SessionTicket[]>
  save(tickets: readonly SessionTicket[]): Promise<void>
}
