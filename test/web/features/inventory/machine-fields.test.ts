import { describe, expect, it } from 'vitest'
import {
  asksOf,
  emptyMachine,
  type MachineFields,
} from '../../../../web/features/inventory/machine-fields.ts'

describe('what the form asks of a machine', () => {
  const of = (fields: Partial<MachineFields>, hasScreen = false) =>
    asksOf({ ...emptyMachine, ...fields }, hasScreen)

  it('is its keyboard only where somebody types on it', () => {
    for (const kind of ['server', 'nas', 'router', 'other'] as const) expect(of({ kind }).keyboard).toBe(true)
    for (const kind of ['switch', 'ups', 'pdu', 'pikvm', 'shelf'] as const)
      expect(of({ kind }).keyboard).toBe(false)
    expect(of({ kind: 'switch' }, true).keyboard).toBe(true)
  })

  it('is nothing of the network and of power for a shelf alone', () => {
    expect(of({ kind: 'ups' }).network).toBe(true)
    expect(of({ kind: 'shelf' }).network).toBe(false)
  })

  it('is also what was said before, so that nothing stays that cannot be seen', () => {
    expect(of({ kind: 'switch', layout: 'jp' }).keyboard).toBe(true)
    expect(of({ kind: 'ups', bootKeys: { setup: ['F2'], menu: ['F12'], forS: 60 } }).keyboard).toBe(true)
    expect(of({ kind: 'shelf', isProtected: true }).network).toBe(true)
    expect(of({ kind: 'shelf', dependsOn: ['d2'] }).network).toBe(true)
  })
})
