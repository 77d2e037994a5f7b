import { getChassisStatus, type IpmiClientOptions, type SessionJournal, type SessionTicket } from 'node-ipmi'
import { afterEach, expect, test } from 'vitest'
import { sequenceNoteEvery } from '../../../server/node-ipmi/src/client/session-journal.ts'
import { until } from '../../peers/ipmi/child.ts'
import { type Bench, startBench } from '../support.ts'

let bench: Bench

afterEach(() => bench[Symbol.asyncDispose]())

const operator = { username: 'oper', password: 'oper' }

type Journal = SessionJournal & { tickets: readonly SessionTicket[]; crash(): void }

/** A journal in memory, whose writes can be held back from a certain moment on, as a crash does. */
function makeJournal(): Journal {
  let isCrashed = false
  return {
    tickets: [],
    load() {
      return Promise.resolve(structuredClone(this.tickets))
    },
    save(tickets) {
      if (!isCrashed) this.tickets = structuredClone(tickets)
      return Promise.resolve()
    },
    crash() {
      isCrashed = true
    },
  }
}

/** What the next start finds. */
function holding(tickets: readonly SessionTicket[]): SessionJournal {
  return Object.assign(makeJournal(), { tickets })
}

/** Opens a session, uses it, and is never heard of again; gives what it had written down by then. */
async function crashAfter(
  requests: number,
  options: Partial<IpmiClientOptions> = {},
): Promise<SessionTicket[]> {
  const journal = makeJournal()
  const client = bench.client({ ...operator, keepAliveMs: 0, ...options, journal })
  for (let i = 0; i < requests; i++) await client.run(getChassisStatus())
  const left = structuredClone(journal.tickets) as SessionTicket[]
  journal.crash()
  return left
}

const own = (): number[] => bench.bmc.sessions.active.map(({ consoleSessionId }) => consoleSessionId)

test('an operator closes the session that a crash left, and only that', async () => {
  bench = await startBench()
  const other = bench.client(operator)
  await other.connect()
  const [theirs] = own()
  const tickets = await crashAfter(3)
  expect(bench.bmc.sessions.active).toHaveLength(2)
  await bench.client({ ...operator, journal: holding(tickets) }).connect()
  expect(own()).toHaveLength(2)
  expect(own()).toContain(theirs)
  expect(own()).not.toContain(tickets[0]?.consoleSessionId)
})

test.each([sequenceNoteEvery - 1, sequenceNoteEvery + 40, 2 * sequenceNoteEvery + 100])(
  'finds the number that the session had come to after %i requests',
  async (requests) => {
    bench = await startBench()
    const tickets = await crashAfter(requests)
    await bench.client({ ...operator, journal: holding(tickets) }).connect()
    expect(own()).not.toContain(tickets[0]?.consoleSessionId)
    expect(own()).toHaveLength(1)
  },
)

test('gets in where the lost session had the only slot', async () => {
  bench = await startBench({ maxSessions: 1 })
  const tickets = await crashAfter(2)
  const client = bench.client({ ...operator, journal: holding(tickets) })
  expect((await client.run(getChassisStatus())).isPowered).toBe(true)
})

test.each([
  { name: 'suite 3', options: {}, bmc: { suites: [3] } },
  { name: 'K_g', options: { kg: 'two-key' }, bmc: { kg: 'two-key' } },
  {
    name: 'quirk intel20',
    options: { quirks: ['intel20'], cipherSuites: [3] },
    bmc: { deviations: ['intel20'], suites: [3] },
  },
] as const)('does so with $name', async ({ options, bmc }) => {
  bench = await startBench(bmc)
  const tickets = await crashAfter(2, options)
  await bench.client({ ...operator, ...options, journal: holding(tickets) }).connect()
  expect(own()).toHaveLength(1)
})

test('ends a login that was cut in its middle', async () => {
  bench = await startBench()
  const journal = makeJournal()
  const client = bench.client({ ...operator, journal, connectTimeoutMs: 150 })
  const giveUp = client.connect().catch(() => undefined)
  await until('the first note', () => journal.tickets.length > 0)
  bench.bmc.faults.isDead = true
  const tickets = structuredClone(journal.tickets)
  await giveUp
  bench.bmc.faults.isDead = false
  expect(bench.bmc.sessions.all).toHaveLength(1)
  await bench.client({ ...operator, journal: holding(tickets) }).connect()
  expect(bench.bmc.sessions.all).toHaveLength(1)
})

test('an administrator closes by number what does not answer to its own name any more', async () => {
  bench = await startBench()
  const [ticket] = await crashAfter(2)
  if (!ticket?.login) throw new Error('nothing was noted')
  const tickets = [{ ...ticket, login: { ...ticket.login, bmcRandom: '00'.repeat(16) } }]
  await bench.client({ maxPrivilege: 'administrator', journal: holding(tickets) }).connect()
  await until('the old session to go', () => !own().includes(ticket.consoleSessionId))
  expect(own()).toHaveLength(1)
})

test('keeps nothing secret, and nothing after a close', async () => {
  bench = await startBench()
  const journal = makeJournal()
  const client = bench.client({ ...operator, password: 'oper', journal })
  await client.connect()
  const [session] = bench.bmc.sessions.active
  const text = JSON.stringify(journal.tickets)
  for (const secret of [session?.sik, session?.keys?.k1, session?.keys?.k2])
    expect(text).not.toContain(secret?.toString('hex'))
  await client.close()
  expect(journal.tickets).toEqual([])
})

test('a journal that fails stops neither login nor work', async () => {
  bench = await startBench()
  const fails = (): Promise<never> => Promise.reject(new Error('disk full'))
  const client = bench.client({ ...operator, journal: { load: fails, save: fails } })
  expect((await client.run(getChassisStatus())).isPowered).toBe(true)
})
