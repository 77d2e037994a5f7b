import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openStore, type Store } from '../../server/store/store.ts'

const day = 24 * 3600_000
const today = Date.UTC(2026, 6, 1)

let store: Store

beforeEach(async () => {
  store = await openStore(':memory:', true)
})
afterEach(() => store.close())

async function note(event: string, detail: Record<string, unknown> = {}): Promise<void> {
  await store.audit.append({ at: today, actorId: null, actorName: '', event, deviceId: null, detail })
}
async function set(from: number, byMs: number, whileOff = false): Promise<void> {
  await note('clock.set', { from, to: from + byMs, byMs, whileOff })
}
/** By how many days each entry is said to be wrong, oldest first; undefined: it is not. */
async function wrongDays(): Promise<(number | undefined)[]> {
  const rows = (await store.audit.list(50, null, null)).toReversed()
  return rows
    .filter(({ event }) => event === 'x')
    .map(({ clockOffMs }) => (clockOffMs === undefined ? undefined : Math.round(clockOffMs / day)))
}

describe('an entry of the record', () => {
  it('is wrong by all that the clock was set by since then', async () => {
    await note('x')
    await set(0, 100 * day)
    await note('x')
    await set(100 * day, 200 * day)
    await note('x')
    expect(await wrongDays()).toEqual([300, 200, undefined])
  })

  it('was right before the clock was set ahead and back again', async () => {
    await note('x')
    await set(today, 3000 * day)
    await note('x')
    await set(today + 3000 * day, -3000 * day)
    expect(await wrongDays()).toEqual([undefined, -3000])
  })

  it('was right before a start in 1970, however long the server was off meanwhile', async () => {
    await note('x')
    await set(today, -today, true)
    await note('x')
    await set(0, today + 60 * day)
    expect(await wrongDays()).toEqual([undefined, Math.round((today + 60 * day) / day)])
  })

  it('was right before a server that nobody ran for months', async () => {
    await note('x')
    await set(today, 400 * day, true)
    expect(await wrongDays()).toEqual([undefined])
  })

  it('is not wrong for minutes of drift', async () => {
    await note('x')
    await set(today, 60_000)
    expect(await wrongDays()).toEqual([undefined])
  })
})
