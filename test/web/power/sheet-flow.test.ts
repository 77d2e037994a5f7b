import { describe, expect, test } from 'vitest'
import type { Action, NonceView } from '../../../server/contract/power.ts'
import {
  advanceSheet,
  withKeysOf,
  type SheetInput,
  type SheetState,
} from '../../../web/features/power/sheet-flow.ts'

const wish = { verb: 'reset', pathId: null } as const
const view: NonceView = {
  nonce: 'n'.repeat(32),
  expiresAt: 61_000,
  verb: 'reset',
  path: null,
  otherPaths: [],
  reason: null,
  refusal: null,
  others: [],
}
const action = { id: 'a1' } as Action
const checking: SheetState = { name: 'checking', wish }
const run = (...inputs: SheetInput[]): SheetState => inputs.reduce(advanceSheet, checking)
const checked: SheetInput = { type: 'checked', view }
const fire: SheetInput = { type: 'fire', now: 30_000 }
const lost: SheetInput = { type: 'failed', code: 'link/lost', details: {} }

describe('the sheet', () => {
  test('shows the bar once the nonce is there, and wants a new look after 60 s', () => {
    expect(run(checked).name).toBe('ready')
    expect(run(checked, { type: 'tick', now: 60_999 }).name).toBe('ready')
    expect(run(checked, { type: 'tick', now: 61_000 })).toMatchObject({ name: 'stale', reason: 'expired' })
    expect(run(checked, { type: 'fire', now: 61_000 })).toMatchObject({ name: 'stale', reason: 'expired' })
  })

  test('does not fire before the nonce, nor with a refusal', () => {
    expect(run(fire)).toBe(checking)
    const refused: SheetInput = {
      type: 'checked',
      view: { ...view, nonce: null, refusal: { code: 'power/looksOff', next: 'on' } },
    }
    expect(run(refused, fire)).toMatchObject({ name: 'refused', code: 'power/looksOff' })
  })

  test('keeps the keys for the firmware through another look and another way, as far as that starts the machine', () => {
    const aim: SheetInput = { type: 'aim', aim: 'setup' }
    expect(run(aim)).toBe(checking)
    const ready = run(checked, aim)
    expect(ready.wish).toEqual({ verb: 'reset', pathId: null, catching: 'setup' })
    expect(run(checked, aim, fire)).toMatchObject({ name: 'asking', wish: { catching: 'setup' } })
    expect(run(checked, aim, { type: 'aim', aim: null }).wish).toEqual(wish)
    expect(withKeysOf(ready.wish, { verb: 'on', pathId: 'p' })).toEqual({
      verb: 'on',
      pathId: 'p',
      catching: 'setup',
    })
    for (const verb of ['off', 'hardOff', 'sysrqKey'] as const)
      expect(withKeysOf(ready.wish, { verb, pathId: null })).toEqual({ verb, pathId: null })
    const noReset = {
      ...view,
      nonce: null,
      refusal: { code: 'device/unsupported', next: 'none' } as const,
    }
    const again = advanceSheet({ name: 'checking', wish: ready.wish }, { type: 'checked', view: noReset })
    expect(again.wish).toEqual({ verb: 'cycle', pathId: null, catching: 'setup' })
  })

  test('asks for off and on where the machine has no reset', () => {
    const unsupported: SheetInput = {
      type: 'checked',
      view: { ...view, nonce: null, refusal: { code: 'device/unsupported', next: 'none' } },
    }
    expect(run(unsupported)).toEqual({ name: 'checking', wish: { verb: 'cycle', pathId: null } })
    expect(run(unsupported, unsupported)).toMatchObject({ name: 'refused', code: 'device/unsupported' })
  })

  test('keeps the bar for a protected machine, whose name is typed there', () => {
    const named: SheetInput = {
      type: 'checked',
      view: { ...view, refusal: { code: 'power/nameNeeded', next: 'typeName' } },
    }
    expect(run(named).name).toBe('ready')
  })

  test('becomes the log when the request is accepted', () => {
    expect(run(checked, fire, { type: 'accepted', action })).toMatchObject({
      name: 'running',
      wasLost: false,
    })
  })
})

describe('a lost answer', () => {
  test('is doubt, whatever else is tapped, until the truth is known', () => {
    const doubt = run(checked, fire, lost)
    expect(doubt).toMatchObject({ name: 'doubt', nonce: view.nonce })
    for (const input of [
      fire,
      checked,
      lost,
      { type: 'check', wish },
      { type: 'tick', now: 1e9 },
    ] as SheetInput[]) {
      expect(advanceSheet(doubt, input)).toBe(doubt)
    }
    expect(advanceSheet(doubt, { type: 'fate', fate: { state: 'spent', action } })).toMatchObject({
      name: 'running',
      wasLost: true,
    })
    for (const state of ['unspent', 'unheard'] as const) {
      expect(advanceSheet(doubt, { type: 'fate', fate: { state } }).name).toBe('notHeard')
    }
  })

  test("is also doubt when the server fails in the middle; the server's own refusal is none", () => {
    expect(run(checked, fire, { type: 'failed', code: 'server/internal', details: {} }).name).toBe('doubt')
    expect(run(checked, fire, { type: 'failed', code: 'link/timeout', details: {} }).name).toBe('doubt')
    const changed: SheetInput = { type: 'failed', code: 'power/stateChanged', details: {} }
    expect(run(checked, fire, changed)).toMatchObject({ name: 'stale', reason: 'changed' })
    const busy: SheetInput = { type: 'failed', code: 'power/busy', details: { by: 'Kenji' } }
    expect(run(checked, fire, busy)).toMatchObject({
      name: 'refused',
      code: 'power/busy',
      details: { by: 'Kenji' },
    })
  })
})
