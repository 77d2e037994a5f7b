import { describe, expect, it } from 'vitest'
import { usualBootKeys, type BootKey } from '../../server/contract/boot-keys.ts'
import { ManualClock } from '../../server/sim/machine/clock.ts'
import { SimMachine } from '../../server/sim/machine/machine.ts'
import { KvmdHid } from '../../server/sim/pikvm/hid.ts'
import { rounds } from '../support/rounds.ts'
import { freshSeed, randomFrom } from '../support/seed.ts'
import { ManualTimers } from './manual-timers.ts'
import { deviceId, oneKvm } from './rig.ts'

const toNobody = { pressed: () => undefined, lost: () => undefined }

/** Consoles in front of a simulated machine, both on clocks that go together. */
function setUp(random: () => number, firmwareKey: BootKey) {
  const timers = new ManualTimers()
  const clock = new ManualClock()
  const machine = new SimMachine({
    name: 'nas1',
    clock,
    bootMs: 20_000 + random() * 40_000,
    firmware: { setupKey: firmwareKey, menuKey: firmwareKey, windowMs: 2_000, random },
  })
  const hid = new KvmdHid({ machine, onChange: () => undefined })
  const { kvm, machine: inventory } = oneKvm()
  kvm.input.key = (code, down) => {
    hid.key(code, down, false)
    return true
  }
  const pass = (ms: number): void => {
    for (let passed = 0; passed < ms; passed += 10) {
      timers.advance(10)
      clock.advance(10)
    }
  }
  return { machine, consoles: inventory.consoles(timers), pass }
}

describe('boot keys on a simulated firmware', () => {
  it('enter it every time, wherever in its POST it listens for two seconds', () => {
    const runs = rounds(60, 2_000)
    const random = randomFrom(freshSeed('boot keys'))
    let entered = 0
    for (let run = 0; run < runs; run++) {
      const aim = random() < 0.5 ? 'setup' : 'menu'
      const keys = usualBootKeys[aim]
      const { machine, consoles, pass } = setUp(random, keys[Math.floor(random() * keys.length)] ?? 'F2')
      void machine.push('reset')
      pass(random() * 500)
      const stop = consoles.pressBootKeys(deviceId, keys, toNobody)
      pass(30_000)
      if (machine.firmwareEntries.length === 1 && ['setup', 'bootMenu'].includes(machine.phase)) entered += 1
      stop?.()
    }
    expect(entered).toBe(runs)
  })

  it('by Escape are slow enough to stay in the setup that they opened until somebody looks', () => {
    const random = randomFrom(freshSeed('boot keys by Escape'))
    const { machine, consoles, pass } = setUp(random, 'Escape')
    void machine.push('reset')
    const stop = consoles.pressBootKeys(deviceId, ['Escape'], toNobody)
    while (machine.firmwareEntries.length === 0) pass(10)
    pass(900)
    expect(machine.phase).toBe('setup')
    stop?.()
    pass(60_000)
    expect(machine.phase).toBe('setup')
  })
})
