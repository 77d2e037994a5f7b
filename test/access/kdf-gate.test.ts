import { describe, expect, it } from 'vitest'
import { createKdfGate } from '../../server/access/kdf-gate.ts'
import { createPasswords } from '../../server/access/passwords.ts'

/** Work that ends when told to, and counts how much of it runs. */
function workbench() {
  const running: { end(): void }[] = []
  let most = 0
  const work = () =>
    new Promise<void>((resolve) => {
      const one = {
        end() {
          running.splice(running.indexOf(one), 1)
          resolve()
        },
      }
      running.push(one)
      most = Math.max(most, running.length)
    })
  return { work, running, most: () => most }
}
const settled = () => new Promise<void>((resolve) => setImmediate(resolve))

describe('the gate before key derivation', () => {
  it('lets two in at once, one of them a stranger at most', async () => {
    const gate = createKdfGate()
    const bench = workbench()
    for (let n = 0; n < 4; n++) void gate.run('stranger', bench.work)
    await settled()
    expect(bench.running).toHaveLength(1)
    for (let n = 0; n < 4; n++) void gate.run('known', bench.work)
    await settled()
    expect(bench.running).toHaveLength(2)
    while (bench.running.length > 0) {
      bench.running[0]?.end()
      await settled()
    }
    expect(bench.most()).toBe(2)
  })

  it('lets those it knows go ahead', async () => {
    const gate = createKdfGate()
    const order: string[] = []
    const bench = workbench()
    const first = gate.run('stranger', bench.work)
    const rest = (['stranger', 'stranger', 'known'] as const).map((caller) =>
      gate.run(caller, async () => void order.push(caller)),
    )
    await settled()
    expect(order).toEqual(['known'])
    bench.running[0]?.end()
    await Promise.all([first, ...rest])
    expect(order).toEqual(['known', 'stranger', 'stranger'])
  })

  it('lets them go ahead also where strangers have waited longer', async () => {
    const gate = createKdfGate()
    const bench = workbench()
    const order: string[] = []
    const running = [gate.run('known', bench.work), gate.run('known', bench.work)]
    const rest = (['stranger', 'known'] as const).map((caller) =>
      gate.run(caller, async () => void order.push(caller)),
    )
    await settled()
    bench.running[0]?.end()
    await Promise.all(rest)
    expect(order).toEqual(['known', 'stranger'])
    bench.running[0]?.end()
    await Promise.all(running)
  })

  it('refuses when too many wait, and goes on after work that failed', async () => {
    const gate = createKdfGate()
    const bench = workbench()
    const first = gate.run('stranger', bench.work)
    const waiting = Array.from({ length: 16 }, () =>
      gate.run('stranger', async () => Promise.reject(new Error('no'))),
    )
    await expect(gate.run('stranger', bench.work)).rejects.toMatchObject({ code: 'access/slowDown' })
    bench.running[0]?.end()
    await first
    const outcomes = await Promise.allSettled(waiting)
    expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true)
    await expect(gate.run('stranger', async () => 'in')).resolves.toBe('in')
  })
})

describe('a password', () => {
  const passwords = createPasswords(createKdfGate())

  it('is stored as argon2id with 19 MiB and two passes, salted', async () => {
    const [one, two] = await Promise.all([
      passwords.hash('known', 'same words'),
      passwords.hash('known', 'same words'),
    ])
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
    expect(one).not.toBe(two)
  })

  it('is right however the keyboard composes it, and of any length', async () => {
    const stored = await passwords.hash('known', 'café ﾊﾟｽﾜｰﾄﾞ')
    expect(await passwords.verify('known', 'cafe\u0301 パスワード', stored)).toBe(true)
    expect(await passwords.verify('known', 'cafe パスワード', stored)).toBe(false)
    const long = 'x'.repeat(1024)
    expect(await passwords.verify('known', long, await passwords.hash('known', long))).toBe(true)
    expect(await passwords.verify('known', long.slice(1), await passwords.hash('known', long))).toBe(false)
  })

  it('is wrong for a user who is not there', async () => {
    expect(await passwords.verify('known', 'anything', null)).toBe(false)
    expect(await passwords.verify('known', '', null)).toBe(false)
  })
})
