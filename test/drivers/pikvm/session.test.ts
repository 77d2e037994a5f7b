import { describe, expect, test } from 'vitest'
import {
  stepSession,
  waitMs,
  type Session,
  type SessionInput,
} from '../../../server/drivers/pikvm/session.ts'

/** Runs inputs at one second's distance and tells the last step. */
function run(inputs: SessionInput[], everyMs = 1000): { session: Session; effects: string[]; at: number } {
  let session: Session = { name: 'idle' }
  let effects: string[] = []
  let at = 0
  for (const input of inputs) {
    at += everyMs
    const step = stepSession(session, input, at)
    session = step.session
    effects = step.effects.map((effect) => effect.type)
  }
  return { session, effects, at }
}
const lost = (problem: 'unreachable' | 'refusedCredentials' | 'pinChanged') =>
  ({ type: 'lost', problem, luck: 0.5 }) as const satisfies SessionInput
const start: SessionInput = { type: 'start' }
const wake: SessionInput = { type: 'wake' }
const online: SessionInput[] = [start, { type: 'upgraded' }, { type: 'greeted' }]

describe('control session', () => {
  test('dials at the start and is online only after the greeting', () => {
    expect(run([start]).effects).toEqual(['dial'])
    expect(run([start, { type: 'upgraded' }])).toMatchObject({ session: { name: 'greeting' }, effects: [] })
    expect(run(online)).toMatchObject({ session: { name: 'online' }, effects: ['announceOnline'] })
  })

  test('hangs up, tells why and plans the next try when the connection is lost', () => {
    const { session, effects } = run([...online, lost('unreachable')])
    expect(effects).toEqual(['hangUp', 'announceOffline', 'wakeAt'])
    expect(session).toMatchObject({
      name: 'waiting',
      problem: 'unreachable',
      record: { failed: 1, refused: 0 },
    })
  })

  test('dials again only when the wait is over', () => {
    const waiting = run([...online, lost('unreachable')])
    expect(stepSession(waiting.session, wake, waiting.at + 499).effects).toEqual([])
    expect(stepSession(waiting.session, wake, waiting.at + 500).effects).toEqual([{ type: 'dial' }])
  })

  /** The wait after each of so many refusals in a row. */
  const refusalWaits = (count: number, luck: number): number[] => {
    let session: Session = { name: 'idle' }
    let now = 1_000
    session = stepSession(session, start, now).session
    return Array.from({ length: count }, () => {
      session = stepSession(session, { type: 'lost', problem: 'refusedCredentials', luck }, now).session
      const wait = session.name === 'waiting' ? session.until - now : NaN
      session = stepSession(session, wake, (now += wait)).session
      return wait
    })
  }

  test('after two refusals of the credentials it tries about once a minute, for ever', () => {
    expect(refusalWaits(5, 0.5)).toEqual([5_000, 40_000, 40_000, 40_000, 40_000])
    expect(Math.max(...refusalWaits(50, 1))).toBe(60_000)
  })

  test('where the login says when it may be tried, that is when, and it is no refusal more', () => {
    const told = { ...lost('refusedCredentials'), retryAfterMs: 30_000 }
    const first = run([start, told])
    expect(first.session).toMatchObject({ until: first.at + 31_000, record: { failed: 1, refused: 0 } })
    const again = stepSession(first.session, wake, first.at + 31_000)
    expect(again.effects).toEqual([{ type: 'dial' }])
    const second = stepSession(again.session, { ...told, retryAfterMs: 4_000 }, 50_000)
    expect(second.session).toMatchObject({ until: 55_000, record: { refused: 0 } })
  })

  test('who asks after a refusal is served soon, and never twice within five seconds', () => {
    const twice = run([start, lost('refusedCredentials'), { type: 'wake' }], 6_000)
    const refused = stepSession(twice.session, lost('refusedCredentials'), 20_000)
    const early = stepSession(refused.session, { type: 'tryAgain' }, 21_000)
    expect(early.effects).toEqual([{ type: 'wakeAt', at: 25_000 }])
    expect(stepSession(early.session, { type: 'tryAgain' }, 22_000).effects).toEqual([])
    expect(stepSession(early.session, wake, 24_999).effects).toEqual([])
    expect(stepSession(early.session, wake, 25_000).effects).toEqual([{ type: 'dial' }])
    expect(stepSession(refused.session, { type: 'tryAgain' }, 40_000).effects).toEqual([
      { type: 'wakeAt', at: 40_000 },
    ])
  })

  test('who asks when nothing was refused changes nothing', () => {
    for (const inputs of [[start], online, [...online, lost('unreachable')], [start, lost('pinChanged')]])
      expect(run([...inputs, { type: 'tryAgain' }]).effects).toEqual([])
  })

  test('a greeting forgets refusals; a connection that lasted forgets failures', () => {
    const short = run([
      start,
      lost('unreachable'),
      wake,
      { type: 'upgraded' },
      { type: 'greeted' },
      lost('unreachable'),
    ])
    expect(short.session).toMatchObject({ record: { failed: 2, refused: 0 } })
    const long = run([...online, lost('unreachable')], 6000)
    expect(long.session).toMatchObject({ record: { failed: 1, refused: 0 } })
  })

  test('once closed nothing happens any more', () => {
    const closed = run([...online, { type: 'close' }])
    expect(closed).toMatchObject({ session: { name: 'closed' }, effects: ['hangUp'] })
    for (const input of [...online, wake, lost('unreachable'), { type: 'close' } as const]) {
      expect(stepSession(closed.session, input, 1e9).effects).toEqual([])
    }
  })

  test('what does not fit the state changes nothing', () => {
    expect(run([wake]).session).toEqual({ name: 'idle' })
    expect(run([...online, start]).session).toMatchObject({ name: 'online' })
    expect(run([...online, { type: 'upgraded' }]).session).toMatchObject({ name: 'online' })
  })
})

describe('wait before the next try', () => {
  test('doubles, is short for two minutes, and longer for what stays away', () => {
    const waits = [1, 2, 3, 50, 101, 5_000].map((failed) =>
      waitMs('unreachable', { failed, refused: 0 }, 0.5),
    )
    expect(waits).toEqual([500, 1000, 1_300, 1_300, 10_000, 10_000])
  })

  test('is spread between half and one and a half', () => {
    const record = { failed: 1, refused: 0 }
    expect([waitMs('unreachable', record, 0), waitMs('unreachable', record, 1)]).toEqual([250, 750])
  })

  test('leaves time to connect and to draw within the 3 s that a picture may take to be back, with bad luck too', () => {
    for (let failed = 1; failed <= 100; failed += 1)
      expect(waitMs('unreachable', { failed, refused: 0 }, 1)).toBeLessThan(2_000)
  })

  test('is a minute while the certificate is another one', () => {
    expect(waitMs('pinChanged', { failed: 1, refused: 0 }, 0.5)).toBe(60_000)
  })
})
