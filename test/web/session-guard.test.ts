import { describe, expect, it } from 'vitest'
import type { SessionView } from '../../server/contract/access.ts'
import { redirectFor } from '../../web/session-guard.ts'
import { signedIn } from './signed-in.ts'

const inside = signedIn()
const guest: SessionView = {
  state: 'guest',
  serverTime: 0,
  sessionId: 'g',
  name: 'Mia (guest)',
  byName: 'kei',
  level: 'everything',
  deviceId: null,
  expiresAt: 1,
}
const signedOut: SessionView = { state: 'signedOut', passkeysPossible: false, serverTime: 0 }
const to = (name: string, options: { fullPath?: string; next?: string; isPublic?: boolean } = {}) => ({
  name,
  fullPath: options.fullPath ?? '/',
  meta: options.isPublic === true ? { isPublic: true } : {},
  query: options.next === undefined ? {} : { next: options.next },
})

describe('where the page must be', () => {
  it('stays while the server has not answered', () => {
    expect(redirectFor(null, to('triage'))).toBeNull()
  })

  it('sends somebody signed out to sign in, and back afterwards', () => {
    expect(redirectFor(signedOut, to('machine', { fullPath: '/machines/d1' }))).toEqual({
      name: 'sign-in',
      query: { next: '/machines/d1' },
    })
    expect(redirectFor(signedOut, to('sign-in', { isPublic: true }))).toBeNull()
    expect(redirectFor(inside, to('sign-in', { isPublic: true, next: '/machines/d1' }))).toBe('/machines/d1')
    expect(redirectFor(inside, to('sign-in', { isPublic: true }))).toBe('/')
  })

  it('never follows an address elsewhere', () => {
    for (const next of ['//evil.example', 'https://evil.example', 'javascript:alert(1)', '']) {
      expect(redirectFor(inside, to('sign-in', { isPublic: true, next }))).toBe('/')
    }
  })

  it('shows setup only when the server says so', () => {
    expect(redirectFor({ state: 'setup' }, to('triage'))).toEqual({ name: 'setup' })
    expect(redirectFor({ state: 'setup' }, to('setup', { isPublic: true }))).toBeNull()
    expect(redirectFor(signedOut, to('setup', { isPublic: true }))).toMatchObject({ name: 'sign-in' })
    expect(redirectFor(inside, to('setup', { isPublic: true }))).toBe('/')
  })

  it('shows the lock on every address while the database cannot be used', () => {
    const locked: SessionView = { state: 'locked', reason: 'databaseDamaged' }
    expect(redirectFor(locked, to('setup', { isPublic: true }))).toEqual({ name: 'locked' })
    expect(redirectFor(locked, to('locked', { isPublic: true }))).toBeNull()
  })

  it('shows a guest link to whoever opens it, signed in or not, and spends nothing by itself', () => {
    const join = to('join', { isPublic: true })
    for (const view of [signedOut, inside, guest]) expect(redirectFor(view, join)).toBeNull()
    expect(redirectFor({ state: 'setup' }, join)).toEqual({ name: 'setup' })
  })

  it('keeps a guest on the pages of machines, whatever the link gives', () => {
    for (const name of ['triage', 'machine', 'screen', 'where', 'rack', 'more', 'live']) {
      expect(redirectFor(guest, to(name))).toBeNull()
    }
    for (const name of [
      'audit',
      'users',
      'guests',
      'machine-edit',
      'machine-new',
      'kvms',
      'add',
      'recovery',
    ]) {
      expect(redirectFor(guest, to(name))).toBe('/')
    }
    expect(redirectFor(guest, to('sign-in', { isPublic: true, next: '/more/users' }))).toBe('/')
  })

  it('lets somebody without a session come in by a recovery code', () => {
    expect(redirectFor(signedOut, to('recover', { isPublic: true }))).toBeNull()
    expect(redirectFor(inside, to('recover', { isPublic: true, next: '/more/passphrase' }))).toBe(
      '/more/passphrase',
    )
  })

  it('leaves somebody signed in where they are', () => {
    expect(redirectFor(inside, to('machine'))).toBeNull()
  })
})
