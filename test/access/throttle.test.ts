import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createAccess } from '../../server/access/access.ts'
import type { Access } from '../../server/access/access.ts'
import type { Browser } from '../../server/access/sign-in.ts'
import { isAppError } from '../../server/errors.ts'
import { openStore } from '../../server/store/store.ts'
import type { Store } from '../../server/store/store.ts'

const rightPassword = 'correct horse battery'
let store: Store
let access: Access
let now: number

const makeAccess = () => createAccess({ store, problem: null, config: { names: [] }, now: () => now })

beforeEach(async () => {
  now = 1_800_000_000_000
  store = await openStore(':memory:', true)
  access = makeAccess()
  const code = (await access.setup.issueCode()) ?? ''
  await access.setup.createAdmin({ code, name: 'Ada', password: rightPassword, trust: true })
})
afterEach(() => store.close())

const browser = (knownToken: string | null = null): Browser => ({
  userAgent: '',
  address: '192.0.2.1',
  knownToken,
})
const attempt = (name: string, password: string, from = browser()) =>
  access.signIn.byPassword({ name, password, trust: false }, from)

/** The refusal's code and wait, or `in`. */
async function outcome(work: Promise<unknown>): Promise<{ code: string; waitMs: number }> {
  try {
    await work
    return { code: 'in', waitMs: 0 }
  } catch (error) {
    if (!isAppError(error)) throw error
    return { code: error.code, waitMs: Number(error.details?.['retryAfterMs'] ?? 0) }
  }
}

async function knownBrowser(): Promise<Browser> {
  return browser((await attempt('Ada', rightPassword)).knownToken)
}

describe('wrong passwords from browsers that were never here', () => {
  it('get through three times, then wait longer each time, up to 30 s', async () => {
    const waits: number[] = []
    for (let guess = 0; guess < 12; guess++) {
      expect((await outcome(attempt('Ada', `guess number ${guess}`))).code).toBe('access/wrongCredentials')
      const { code, waitMs } = await outcome(attempt('Ada', 'one more guess'))
      if (code === 'access/slowDown') waits.push(waitMs)
      now += Math.max(waitMs, 2000)
    }
    expect(Math.max(...waits)).toBe(30_000)
    expect([...waits].sort((a, b) => a - b)).toEqual(waits)
  })

  it('are counted also after a restart', async () => {
    for (let guess = 0; guess < 5; guess++) await outcome(attempt('Ada', 'wrong wrong wrong'))
    access = makeAccess()
    expect((await outcome(attempt('Ada', rightPassword))).code).toBe('access/slowDown')
  })

  it('cannot pass together in parallel', async () => {
    const all = await Promise.all(
      Array.from({ length: 60 }, () => outcome(attempt('Ada', 'wrong wrong wrong'))),
    )
    expect(all.filter(({ code }) => code === 'access/wrongCredentials').length).toBeLessThanOrEqual(3)
  })

  it('have one budget for all names together', async () => {
    const all = await Promise.all(
      Array.from({ length: 100 }, (_, index) => outcome(attempt(`user ${index}`, 'wrong wrong wrong'))),
    )
    expect(all.filter(({ code }) => code === 'access/wrongCredentials').length).toBeLessThanOrEqual(10)
  })

  it('never lock: the owner gets in on a new browser after the wait', async () => {
    let wrong = 0
    for (let guess = 0; guess < 20; guess++) {
      const { code, waitMs } = await outcome(attempt('Ada', 'wrong wrong wrong'))
      if (code === 'access/wrongCredentials') wrong++
      now += Math.min(waitMs, 30_000)
    }
    expect(wrong).toBeGreaterThan(8)
    now += 30_000
    expect((await outcome(attempt('Ada', rightPassword))).code).toBe('in')
  })

  it('are delayed alike for names that do not exist', async () => {
    const refusals = async (name: string) => {
      const codes: string[] = []
      for (let guess = 0; guess < 5; guess++)
        codes.push((await outcome(attempt(name, 'wrong wrong wrong'))).code)
      now += 3600_000
      return codes
    }
    expect(await refusals('Ada')).toEqual(await refusals('Nobody'))
  })
})

describe('a browser that signed in before', () => {
  it('gets in within 5 s while strangers make 10,000 guesses', async () => {
    const owner = await knownBrowser()
    const guesses: Promise<{ code: string }>[] = []
    for (let guess = 0; guess < 10_000; guess++) {
      guesses.push(outcome(attempt(guess % 2 === 0 ? 'Ada' : `user ${guess}`, 'wrong wrong wrong')))
    }
    const from = performance.now()
    expect((await outcome(attempt('Ada', rightPassword, owner))).code).toBe('in')
    expect(performance.now() - from).toBeLessThan(5000)
    const codes = (await Promise.all(guesses)).map(({ code }) => code)
    expect(codes.filter((code) => code === 'access/wrongCredentials').length).toBeLessThanOrEqual(11)
  }, 60_000)

  it('is slowed by its own mistakes only, and by seconds', async () => {
    const owner = await knownBrowser()
    for (let guess = 0; guess < 5; guess++) {
      expect((await outcome(attempt('Ada', 'mistyped it again', owner))).code).toBe('access/wrongCredentials')
    }
    const { code, waitMs } = await outcome(attempt('Ada', rightPassword, owner))
    expect(code).toBe('access/slowDown')
    expect(waitMs).toBeLessThanOrEqual(1000)
    now += waitMs
    expect((await outcome(attempt('Ada', rightPassword, owner))).code).toBe('in')
    expect((await outcome(attempt('Ada', 'mistyped it again', owner))).code).toBe('access/wrongCredentials')
  })

  it('is a stranger to the account of somebody else', async () => {
    const owner = await knownBrowser()
    for (let guess = 0; guess < 4; guess++) await outcome(attempt('Bob', 'wrong wrong wrong', owner))
    expect((await outcome(attempt('Bob', 'wrong wrong wrong'))).code).toBe('access/slowDown')
  })

  it('cannot be claimed with a made-up cookie', async () => {
    const liar = browser('A'.repeat(43))
    for (let guess = 0; guess < 4; guess++) await outcome(attempt('Ada', 'wrong wrong wrong', liar))
    expect((await outcome(attempt('Ada', rightPassword, liar))).code).toBe('access/slowDown')
  })
})
