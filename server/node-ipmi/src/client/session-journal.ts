/** What is remembered of a session while it is open; no secret is in it. */
export interface SessionTicket {
  /** Random, chosen before the first datagram. */
  consoleSessionId: number
  /** The BMC's id; undefined until it answered Open Session. */
  bmcSessionId?: number
  /** False while RAKP is under way. */
  isActive: boolean
}

/**
 * Where tickets survive a crash of this process: one record per endpoint. After a restart the client closes
 * the sessions it finds there, since a BMC has few of them and keeps each for a minute or more.
 */
export interface SessionJournal {
  load(): Promise<readonly SessionTicket[]>
  save(tickets: readonly SessionTicket[]): Promise<void>
}
