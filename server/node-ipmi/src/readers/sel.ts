import type { IpmiClient, RunOptions } from '../client/client.ts'
import { completionCode } from '../commands/command.ts'
import { getSelEntry, getSelInfo, selRecord } from '../commands/sel.ts'
import { decodeSelRecord, type SelEntry } from '../decode/sel-record.ts'
import { IpmiCommandError } from '../errors.ts'

export interface SelRange extends RunOptions {
  /** Begin after this record (one seen before). A record that is gone means: from the start. */
  afterRecordId?: number
  /** At most so many, oldest first. Default 10 000. */
  limit?: number
}

/**
 * Reads the system event log, oldest first, entry by entry, so that other commands get their turn between them.
 * @throws IpmiError of the command that failed
 */
export async function* readSel(client: IpmiClient, range: SelRange = {}): AsyncGenerator<SelEntry> {
  const { limit = 10_000, signal } = range
  const run = signal ? { signal } : {}
  if ((await client.run(getSelInfo(), run)).entries === 0) return
  const seen = new Set<number>()
  let id = await firstId(client, range.afterRecordId, run)
  while (id !== selRecord.last && !seen.has(id) && seen.size < limit) {
    seen.add(id)
    const { nextId, record } = await client.run(getSelEntry(id), run)
    yield decodeSelRecord(record)
    id = nextId
  }
}

/** The newest entry, or undefined when the log is empty. */
export async function readNewestSel(client: IpmiClient, run: RunOptions = {}): Promise<SelEntry | undefined> {
  if ((await client.run(getSelInfo(), run)).entries === 0) return undefined
  return decodeSelRecord((await client.run(getSelEntry(selRecord.last), run)).record)
}

async function firstId(client: IpmiClient, after: number | undefined, run: RunOptions): Promise<number> {
  if (after === undefined) return selRecord.first
  try {
    return (await client.run(getSelEntry(after), run)).nextId
  } catch (error) {
    // Cleared meanwhile: everything there is now is news.
    if (error instanceof IpmiCommandError && error.completionCode === completionCode.notPresent)
      return selRecord.first
    throw error
  }
}
