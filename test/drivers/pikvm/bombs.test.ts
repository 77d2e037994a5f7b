import { expect, test } from 'vitest'
import { startShaper } from '../../../bench/shaper.ts'
import { createPikvmDriver } from '../../../server/drivers/pikvm/pikvm-driver.ts'
import { answerBombs, socketBombs, type Bomb } from './bomb-peers.ts'
import { rawPeer } from './raw-peer.ts'
import { accessTo, afterThisTest, online, open, simulated, until } from './rig.ts'

/** As it is used, with its own patience. */
const driver = createPikvmDriver()
/** Whatever a device does wrong has failed by then. */
const withinMs = 10_000
const bombTimeoutMs = 60_000
const totpSecret = 'JBSWY3DPEHPK3PXP'
/** What nobody notices; the peers' own work is in it, and a machine that is busy with other things. */
const longestGapMs = 500

/** Longest time in which this process could do nothing else while `work` went on, ms. */
async function longestGapDuring(work: Promise<unknown>): Promise<number> {
  const everyMs = 20
  let last = performance.now()
  let longest = 0
  const timer = setInterval(() => {
    longest = Math.max(longest, performance.now() - last - everyMs)
    last = performance.now()
  }, everyMs)
  await work.finally(() => clearInterval(timer))
  return Math.max(longest, performance.now() - last - everyMs)
}

async function lay(bombs: readonly Bomb[]) {
  return await Promise.all(
    bombs.map(async (bomb) => {
      const peer = await rawPeer((socket) => bomb.serve(socket))
      return { ...bomb, peer, access: await accessTo(peer, bomb.hasLogin && { totpSecret }) }
    }),
  )
}

/** On each connection at most one request was ever made. */
function expectNothingFollowed(laid: Awaited<ReturnType<typeof lay>>): void {
  for (const { name, peer } of laid) {
    const requests = peer.received().match(/^(GET|POST) /gm)?.length ?? 0
    expect(requests, name).toBeGreaterThan(0)
    // One more connection showed the certificate and carried nothing.
    expect(requests, name).toBeLessThan(peer.connections())
  }
}

test(
  'whatever a device answers, reading it ends in time with a refusal, and another device is at hand all along',
  async () => {
    const { pikvm } = await simulated()
    const good = await online(await accessTo(pikvm))
    const laid = await lay(answerBombs)
    const limit = AbortSignal.timeout(withinMs)
    const ends = laid.map(async ({ name, access, told }) => {
      const error: unknown = await driver.read(access, limit).then(
        () => 'it was believed',
        (thrown: unknown) => thrown,
      )
      expect(error, name).toMatchObject({ code: `device/${told}` })
      // The driver's own patience ended it, not this test's.
      expect(limit.aborted, name).toBe(false)
    })
    const still = async (): Promise<void> => {
      for (let n = 0; n < 5; n++)
        expect(await good.connection.power!.send({ target: 'atx', button: 'reset' }, limit)).toMatchObject({
          outcome: expect.stringMatching(/acknowledged|notSent/),
        })
    }
    expect(await longestGapDuring(Promise.all([...ends, still()]))).toBeLessThan(longestGapMs)
    expect(good.connection.state.state.reachable.value).toBe(true)
    expectNothingFollowed(laid)
  },
  bombTimeoutMs,
)

test(
  'whatever comes on a control socket, the device has a problem in time, and another one none',
  async () => {
    const { pikvm } = await simulated()
    const good = await online(await accessTo(pikvm))
    const laid = await lay(socketBombs)
    const ends = laid.map(async ({ name, access, told }) => {
      const { connection } = open(access, driver)
      await until(() => connection.state.state.problem !== null, `a problem with ${name}`, withinMs)
      expect(connection.state.state.problem, name).toBe(told)
      expect(connection.state.state.reachable.value, name).not.toBe(true)
    })
    expect(await longestGapDuring(Promise.all(ends))).toBeLessThan(longestGapMs)
    expect(good.connection.state.state).toMatchObject({ reachable: { value: true }, problem: null })
    expectNothingFollowed(laid)
  },
  bombTimeoutMs,
)

test('an honest device behind a slow link is read in that time, with its login', async () => {
  const { pikvm } = await simulated({ totpSecret })
  const link = await startShaper({ targetPort: pikvm.port, bitsPerSecond: 1_000_000, rttMs: 400 })
  afterThisTest(() => link.close())
  const access = await accessTo(pikvm, { totpSecret, port: link.port })
  expect(await driver.read(access, AbortSignal.timeout(withinMs))).toMatchObject({ atxEnabled: true })
})
