import { describe, expect, it } from 'vitest'
import { ManualClock } from '../../../server/sim/machine/clock.ts'
import type { SimMachineOptions } from '../../../server/sim/machine/machine-types.ts'
import { SimMachine } from '../../../server/sim/machine/machine.ts'

function machineWith(options: Partial<SimMachineOptions> = {}) {
  const clock = new ManualClock()
  const machine = new SimMachine({ name: 'nas1', clock, bootMs: 10_000, ...options })
  const press = (...keys: string[]): void => {
    for (const key of keys) machine.key(key.slice(1), key.startsWith('+'))
  }
  return { clock, machine, press }
}
const obeyed = (machine: SimMachine): string[] =>
  machine.sysrqLog.map(({ key, obeyed: isObeyed }) => `${key}${isObeyed ? '' : '!'}`)
const sent = (letter: string): string[] => [
  '+AltLeft',
  '+PrintScreen',
  '-PrintScreen',
  `+Key${letter}`,
  `-Key${letter}`,
  '-AltLeft',
]

describe('SysRq on a simulated Linux', () => {
  it('works while the letter follows before Alt goes up, PrintScreen let go or not, and is counted', () => {
    const { machine, press } = machineWith()
    press(...sent('S'))
    press('+AltRight', '+PrintScreen', '+KeyU', '-KeyU', '-PrintScreen', '-AltRight')
    expect(obeyed(machine)).toEqual(['s', 'u'])
    expect(machine.screen.lines().join('\n')).toContain('sysrq: Emergency Sync')
  })

  it('is nothing without Alt, with Alt after PrintScreen, or once Alt went up', () => {
    const { machine, press } = machineWith()
    press('+PrintScreen', '+KeyB', '-KeyB', '-PrintScreen')
    press('+PrintScreen', '+AltLeft', '+KeyB', '-KeyB', '-AltLeft', '-PrintScreen')
    press('+AltLeft', '+PrintScreen', '-AltLeft', '+KeyB', '-KeyB', '-PrintScreen')
    expect(obeyed(machine)).toEqual([])
    expect(machine.bootCount).toBe(1)
  })

  it('needs PrintScreen to be let go first on a keyboard where Alt+PrintScreen is one key', () => {
    const { machine, press } = machineWith({ isSysrqOneKey: true })
    press('+AltLeft', '+PrintScreen', '+KeyS', '-KeyS', '-PrintScreen', '-AltLeft')
    expect(obeyed(machine)).toEqual([])
    press(...sent('S'))
    expect(obeyed(machine)).toEqual(['s'])
  })

  it('obeys what kernel.sysrq allows: all by 1, nothing by 0, and by Debian’s bits no signals and no dumps', () => {
    for (const [kernelSysrq, expected] of [
      [1, ['e', 'w', 's']],
      [438, ['e!', 'w!', 's']],
      [0, ['e!', 'w!', 's!']],
    ] as const) {
      const { machine, press } = machineWith({ kernelSysrq })
      for (const letter of ['E', 'W', 'S']) press(...sent(letter))
      expect(obeyed(machine)).toEqual(expected)
    }
  })

  it('restarts at once by B, switches off by O, panics by C', () => {
    for (const [letter, look] of [
      ['B', { phase: 'reset', bootCount: 2 }],
      ['O', { phase: 'off', bootCount: 1 }],
      ['C', { faults: { panicked: true } }],
    ] as const) {
      const { machine, press } = machineWith({ kernelSysrq: 1 })
      press(...sent(letter))
      expect(machine).toMatchObject(look)
    }
  })

  it('works in a hang that left the kernel alive, not with a dead kernel, and never in the firmware', () => {
    const { machine, press, clock } = machineWith()
    machine.hang({ kernelAlive: false })
    press(...sent('B'))
    expect(machine.bootCount).toBe(1)
    machine.hang({ kernelAlive: true })
    press(...sent('B'))
    expect(machine.bootCount).toBe(2)
    clock.advance(1_000)
    expect(machine.phase).toBe('firmware')
    press(...sent('B'))
    expect(machine.bootCount).toBe(2)
  })
})
