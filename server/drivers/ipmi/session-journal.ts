import type { SessionJournal, SessionTicket } from 'node-ipmi'
import type { SessionNotes } from '../driver.ts'

/** The library's journal on an endpoint's notes. */
export function sessionJournal(notes: SessionNotes): SessionJournal {
  return {
    load: async () => readTickets(await notes.load()),
    save: (tickets) => notes.save(JSON.stringify(tickets)),
  }
}

function readTickets(notes: string | null): SessionTicket[] {
  if (notes === null) return []
  try {
    const tickets: unknown = JSON.parse(notes)
    return Array.isArray(tickets) ? (tickets as SessionTicket[]) : []
  } catch {
    // Written by another version: its sessions are freed by the BMC's own timeout.
    return []
  }
}
