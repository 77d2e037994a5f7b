import { describe, expect, test } from 'vitest'
import { createPikvmDriver } from '../../../server/drivers/pikvm/pikvm-driver.ts'
import type { PikvmTimings } from '../../../server/drivers/pikvm/timings.ts'
import type { SimPikvm } from '../../../server/sim/pikvm/pikvm.ts'
import { accessTo, afterThisTest, open, quickTimings, simulated, until } from './rig.ts'

const totpSecret = 'JBSWY3DPEHPK3PXP'
const tenMinutes = 600_000
const logins = ({ requests }: SimPikvm) => requests.filter(({ path }) => path === '/api/auth/login')

/** A PiKVM that asks for one-time codes and came on ten minutes late; `laterMs` moves everybody's time on. */
async function withWrongClock(timings: Partial<PikvmTimings>) {
  const { pikvm } = await simulated({ totpSecret })
  let laterMs = 0
  let wrongByMs = -tenMinutes
  const set = () => pikvm.setClockSkew(laterMs + wrongByMs)
  set()
  const driver = createPikvmDriver({ timings: { ...quickTimings, ...timings } })
  const connection = driver.open(await accessTo(pikvm, { totpSecret }), {
    log: { info: () => undefined, warn: () => undefined },
    now: () => Date.now() + laterMs,
    onPinMismatch: () => undefined,
    onGoodAddress: () => undefined,
  })
  afterThisTest(() => connection.close())
  const refused = (count: number) => until(() => logins(pikvm).length === count, `login ${count}`)
  return {
    pikvm,
    connection,
    refused,
    /** The next code is due. */
    pass() {
      laterMs += 30_000
      set()
    },
    setRight() {
      wrongByMs = 0
      set()
    },
  }
}

describe('a PiKVM whose clock is wrong at first', () => {
  test('is reached soon after it is right, however often it refused before', async () => {
    const { pikvm, connection, refused, pass, setRight } = await withWrongClock({})
    for (const count of [1, 2, 3]) {
      await refused(count)
      pass()
    }
    expect(connection.state.state.problem).toBe('refusedCredentials')
    setRight()
    await until(() => connection.state.state.power.value === 'on', 'the first states')
    expect(logins(pikvm).map(({ status }) => status)).toEqual([403, 403, 403, 200])
  })

  test('is asked again soon when a person wants it', async () => {
    const { pikvm, connection, refused, pass, setRight } = await withWrongClock({ refusedMs: 3_600_000 })
    await refused(1)
    await until(() => connection.state.state.problem === 'refusedCredentials', 'the refusal')
    pass()
    setRight()
    expect(await connection.tryAgain!()).toBeNull()
    expect(connection.state.state.reachable.value).toBe(true)
    expect(logins(pikvm).map(({ status }) => status)).toEqual([403, 200])
  })
})

describe('whoever asks again and again', () => {
  test('is told what became of the one try that it makes', async () => {
    const { pikvm } = await simulated()
    const { connection } = open(await accessTo(pikvm, { password: 'wrong' }))
    await until(() => connection.state.state.problem === 'refusedCredentials', 'the refusal')
    const told = await Promise.all(Array.from({ length: 20 }, () => connection.tryAgain!()))
    expect(new Set(told)).toEqual(new Set(['refusedCredentials']))
    expect(pikvm.requests.map(({ path }) => path)).toEqual(['/api/ws', '/api/ws'])
  })

  test('makes no login sooner than some seconds after a refused one', async () => {
    const { pikvm } = await simulated({ totpSecret })
    const access = await accessTo(pikvm, { totpSecret, password: 'wrong' })
    const driver = createPikvmDriver({ timings: { ...quickTimings, soonestAgainMs: 60_000 } })
    for (let round = 0; round < 5; round++) {
      const reading = driver.read(access, AbortSignal.timeout(5_000))
      await expect(reading).rejects.toMatchObject({ code: 'device/refusedCredentials' })
    }
    expect(logins(pikvm)).toHaveLength(1)
  })
})
