import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Role } from '../../server/contract/access.ts'
import { openStore } from '../../server/store/store.ts'
import type { Store } from '../../server/store/store.ts'

let store: Store
const user = (id: string, role: Role = 'admin') => ({
  id,
  name: `name-${id}`,
  role,
  passwordHash: 'hash',
  createdAt: 1,
})
const session = (id: string, userId: string) => ({
  id,
  tokenHash: `hash-${id}`,
  userId,
  trusted: false,
  userAgent: '',
  address: '',
  createdAt: 1,
  lastSeenAt: 1,
  expiresAt: 100,
  isRecovery: false,
})

beforeEach(async () => {
  store = await openStore(':memory:', true)
})
afterEach(() => store.close())

describe('stored users', () => {
  it('have one first, however many are made at once', async () => {
    const made = await Promise.all(['a', 'b', 'c', 'd'].map((id) => store.users.createFirst(user(id))))
    expect(made.filter(Boolean)).toHaveLength(1)
  })

  it('have names that differ in more than case', async () => {
    expect(await store.users.create(user('a'))).toBe(true)
    expect(await store.users.create({ ...user('b'), name: 'NAME-A' })).toBe(false)
    expect((await store.users.findByName('Name-a'))?.id).toBe('a')
  })

  it('always have an admin, also when two remove each other at the same time', async () => {
    await store.users.create(user('a'))
    await store.users.create(user('b'))
    const outcomes = await Promise.all([store.users.remove('a'), store.users.update('b', { role: 'viewer' })])
    expect(outcomes.sort()).toEqual(['done', 'lastAdmin'])
  })

  it('take their sessions, grants, passkeys and known browsers with them', async () => {
    await store.users.create(user('a'))
    await store.users.create(user('b', 'viewer'))
    await store.sessions.create(session('s', 'b'))
    await store.users.setGrant('b', { deviceId: 'd', capabilities: ['view'] })
    await store.knownBrowsers.remember('browser', 'b', 1)
    expect(await store.users.remove('b')).toBe('done')
    expect(await store.sessions.findByToken('hash-s', 2)).toBeNull()
    expect(await store.grants.of('b')).toEqual([])
    expect(await store.knownBrowsers.isKnown('browser')).toBe(false)
  })

  it('stay limited when their last grant goes, until somebody says otherwise', async () => {
    await store.users.create(user('a', 'operator'))
    await store.users.setGrant('a', { deviceId: 'd', capabilities: ['view', 'view'] })
    expect(await store.users.list()).toMatchObject([
      { isLimited: true, grants: [{ capabilities: ['view'] }] },
    ])
    await store.users.setGrant('a', { deviceId: 'd', capabilities: [] })
    expect(await store.users.list()).toMatchObject([{ isLimited: true, grants: [] }])
    await store.users.update('a', { isLimited: false })
    expect(await store.users.list()).toMatchObject([{ isLimited: false }])
  })
})

describe('stored sessions', () => {
  beforeEach(() => store.users.create(user('a')))

  it('are found by the hash of their token until they are over', async () => {
    await store.sessions.create(session('s', 'a'))
    expect(await store.sessions.findByToken('hash-s', 99)).toMatchObject({ sessionId: 's', name: 'name-a' })
    expect(await store.sessions.findByToken('hash-s', 100)).toBeNull()
  })

  it('slide when they are trusted, and only then', async () => {
    await store.sessions.create(session('s', 'a'))
    await store.sessions.create({ ...session('t', 'a'), trusted: true })
    for (const id of ['s', 't']) await store.sessions.touch(id, 50, 1000)
    expect(await store.sessions.findLive(['s', 't', 'gone'], 200)).toMatchObject([
      { sessionId: 't', expiresAt: 1050 },
    ])
  })

  it('of one user end together, but for one', async () => {
    for (const id of ['s', 't', 'u']) await store.sessions.create(session(id, 'a'))
    await store.sessions.removeOfUser('a', 't')
    expect((await store.sessions.list('a', 2)).map(({ id }) => id)).toEqual(['t'])
    await store.sessions.removeOfUser('a', null)
    expect(await store.sessions.list(null, 2)).toEqual([])
  })
})

describe('stored challenges', () => {
  const challenge = {
    id: 'c',
    kind: 'signIn' as const,
    userId: null,
    rpId: 'a.lan',
    challenge: 'x',
    expiresAt: 100,
  }

  it('count once, for their host, kind and time', async () => {
    await store.challenges.add(challenge, 1)
    expect(await store.challenges.spend('signIn', 'x', 'b.lan', null, 2)).toBe(false)
    expect(await store.challenges.spend('register', 'x', 'a.lan', null, 2)).toBe(false)
    expect(await store.challenges.spend('signIn', 'x', 'a.lan', 'u', 2)).toBe(false)
    expect(await store.challenges.spend('signIn', 'x', 'a.lan', null, 100)).toBe(false)
    const all = await Promise.all(
      Array.from({ length: 50 }, () => store.challenges.spend('signIn', 'x', 'a.lan', null, 99)),
    )
    expect(all.filter(Boolean)).toHaveLength(1)
  })
})
