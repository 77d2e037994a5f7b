import { describe, expect, it } from 'vitest'
import { ManualClock } from '../../../server/sim/machine/clock.ts'
import { SimMachine } from '../../../server/sim/machine/machine.ts'

/** A machine whose firmware listens for 2 s from 40 % of what is left of its POST (1.2 s to 6 s). */
function inPost(random = 0.4) {
  const clock = new ManualClock()
  const machine = new SimMachine({ name: 'nas1', clock, bootMs: 20_000, firmware: { random: () => random } })
  machine.panel.press('reset')
  const opensAtMs = 1_200 + random * (4_800 - 2_000)
  const tap = (key: string): void => {
    machine.key(key, true)
    machine.key(key, false)
  }
  return { clock, machine, opensAtMs, tap }
}

describe('a simulated firmware', () => {
  it('takes its key for 2 s at one moment of its POST, neither before nor after', () => {
    for (const [offsetMs, phase] of [
      [-1, 'firmware'],
      [1, 'setup'],
      [1_999, 'setup'],
      [2_001, 'firmware'],
    ] as const) {
      const { clock, machine, opensAtMs, tap } = inPost()
      clock.advance(opensAtMs + offsetMs)
      tap('Delete')
      expect(machine.phase).toBe(phase)
      expect(machine.firmwareEntries).toHaveLength(phase === 'setup' ? 1 : 0)
    }
  })

  it('does not take a key that is down already', () => {
    const { clock, machine, opensAtMs } = inPost()
    clock.advance(opensAtMs - 10)
    machine.key('Delete', true)
    clock.advance(5_000)
    expect(machine.firmwareEntries).toEqual([])
  })

  it('stays in its setup until that is left, and boots again then', () => {
    const { clock, machine, opensAtMs, tap } = inPost()
    clock.advance(opensAtMs + 100)
    tap('Delete')
    clock.advance(300_000)
    expect(machine.screen.lines().join('\n')).toContain('Setup Utility')
    expect(machine.network).toBe('unreachable')
    tap('F10')
    clock.advance(20_000)
    expect(machine.phase).toBe('running')
  })

  it('shows its boot menu by the other key, and goes on from there', () => {
    const { clock, machine, opensAtMs, tap } = inPost()
    clock.advance(opensAtMs + 100)
    tap('F11')
    clock.advance(60_000)
    expect(machine.phase).toBe('bootMenu')
    tap('Enter')
    expect(machine.phase).toBe('bootloader')
    clock.advance(14_000)
    expect(machine.phase).toBe('running')
    expect(machine.bootCount).toBe(2)
  })
})
