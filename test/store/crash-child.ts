import { writeSync } from 'node:fs'
import { newId } from '../../server/store/new-id.ts'
import { openStore } from '../../server/store/store.ts'
import { later } from '../../server/store/together.ts'

// Started by crash.test.ts and killed at any moment: <database file>. Prints the id of each write once it was acknowledged.
const [, , file = ''] = process.argv
const store = await openStore(file, true)
if (store.problem !== null) throw new Error(`the database cannot be used: ${store.problem}`)

/** Several writers at once, as in life; each write is two rows and their line in the record, in one transaction. */
async function writer(): Promise<never> {
  for (;;) {
    const id = newId(Date.now())
    const site = { id, rev: 1, name: id, timeZone: 'UTC' }
    const rack = { id, siteId: id, rev: 1, name: 'x'.repeat(500), kind: 'units', height: 42 } as const
    const entry = { at: Date.now(), actorId: null, actorName: '', event: id, deviceId: null, detail: {} }
    await store.together([
      later('sites', 'insert', site),
      later('racks', 'insert', rack),
      later('audit', 'append', entry),
    ])
    writeSync(1, `${id}\n`)
  }
}
await Promise.all([writer(), writer(), writer()])
