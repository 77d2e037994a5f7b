import { describe, expect, test } from 'vitest'
import { ManualClock } from '../../../server/sim/machine/clock.ts'
import { SimMachine } from '../../../server/sim/machine/machine.ts'
import { KvmdHid } from '../../../server/sim/pikvm/hid.ts'
import { KvmdSwitch } from '../../../server/sim/pikvm/switch.ts'
import { SwitchedMachine } from '../../../server/sim/switch/switched-machine.ts'
import { SwitchUnits } from '../../../server/sim/switch/switch-units.ts'

/** As read in kvmd 4.197: kvmd/apps/kvmd/switch/{chain,state,__init__}.py and api/switch.py. */
function rig(options: { count?: number; units?: number } = {}) {
  const clock = new ManualClock()
  const machines = Array.from(
    { length: options.count ?? 2 },
    (_, port) => new SimMachine({ name: `m${port}`, clock }),
  )
  const size = (options.units ?? 1) * 4
  const ports = Array.from({ length: size }, (_, port) => machines[port] ?? null)
  const units = new SwitchUnits({ clock, ports })
  const seen = new SwitchedMachine(units, clock)
  const events: Record<string, unknown>[] = []
  const kvmd = new KvmdSwitch({
    clock,
    units,
    lies: () => false,
    onChange: () => events.push(...kvmd.takeChanges()),
  })
  const hid = new KvmdHid({ machine: seen, onChange: () => undefined })
  return { clock, machines, units, seen, events, kvmd, hid }
}
const summaries = (events: Record<string, unknown>[]) =>
  events.flatMap(({ summary }) => (summary ? [summary] : []))

describe('the Switch of a simulated PiKVM', () => {
  test('tells units, ports and links, and the port that the hardware had at the start', () => {
    const { kvmd } = rig({ units: 2, count: 5 })
    expect(kvmd.state()).toMatchObject({
      summary: { active_port: 0, active_id: '1.1', synced: true },
      model: {
        units: [{}, {}],
        ports: { length: 8, 0: { id: '1.1', unit: 0, channel: 0 }, 6: { id: '2.3' } },
      },
      video: { links: [true, true, true, true, true, false, false, false] },
      atx: { busy: { length: 8 }, leds: { power: [true, true, true, true, true, false, false, false] } },
    })
  })

  test('answers at once, changes the active port when the command is taken, and is synced when the units have followed', () => {
    const { kvmd, events, clock, units, machines } = rig()
    kvmd.setActive(1)
    expect(events).toEqual([])
    clock.advance(10)
    expect(summaries(events)).toEqual([{ active_port: 1, active_id: '2', synced: false }])
    expect(units.connected).toBe(machines[0])
    clock.advance(200)
    expect(units.connected).toBe(machines[1])
    expect(summaries(events)).toHaveLength(1)
    clock.advance(200)
    expect(summaries(events).at(-1)).toEqual({ active_port: 1, active_id: '2', synced: true })
  })

  test('passes over a port that is not there, without an error', () => {
    const { kvmd, events, clock, machines } = rig()
    kvmd.setActive(4)
    kvmd.click(17, 'power')
    clock.advance(1000)
    expect(events).toEqual([])
    expect(machines.flatMap(({ presses }) => presses)).toEqual([])
  })

  test('reaches a port of the second unit through the downlink of the first', () => {
    const { kvmd, clock, units, machines } = rig({ units: 2, count: 6 })
    kvmd.setActive(2.2)
    clock.advance(1000)
    expect(units.connected).toBe(machines[5])
    expect([units.state(0).ch, units.state(1).ch]).toEqual([4, 1])
  })

  test('presses for the port’s own time, one at a time, and only tells in bundles that it is busy', () => {
    const { kvmd, clock, machines, events } = rig()
    kvmd.setPortParams(1, { reset: 1.5 })
    events.length = 0
    kvmd.click(1, 'reset')
    clock.advance(100)
    kvmd.click(1, 'power')
    clock.advance(100)
    expect(events).toEqual([])
    clock.advance(100)
    expect(events).toMatchObject([{ atx: { busy: [false, true, false, false] } }])
    clock.advance(3000)
    expect(machines[1]?.presses).toMatchObject([{ button: 'reset', durationMs: 1500 }])
    expect(events.at(-1)).toMatchObject({ atx: { busy: [false, false, false, false] } })
  })

  test('asks the LED before the four actions, and does nothing where it disagrees', () => {
    const { kvmd, clock, machines } = rig()
    machines[1]?.setLedWired(false)
    kvmd.power(1, 'reset_hard')
    kvmd.power(0, 'on')
    clock.advance(1000)
    expect(machines.flatMap(({ presses }) => presses)).toEqual([])
    kvmd.power(0, 'reset_hard')
    clock.advance(1000)
    expect(machines[0]?.presses).toMatchObject([{ button: 'reset', durationMs: 500 }])
  })

  test('a key that is held goes with the keyboard: the next report presses it at the next machine', () => {
    const { kvmd, hid, clock, machines } = rig()
    hid.key('ControlLeft', true, false)
    kvmd.setActive(1)
    clock.advance(1000)
    expect(machines[0]?.heldKeys).toEqual([])
    hid.key('KeyC', true, false)
    expect(machines[1]?.heldKeys).toEqual(['ControlLeft', 'KeyC'])
  })

  test('the picture of the machine before is there for a while, then none, then the new one', () => {
    const { kvmd, seen, clock } = rig()
    kvmd.setActive(1)
    clock.advance(400)
    expect(kvmd.state()).toMatchObject({ summary: { synced: true } })
    expect([seen.name, seen.video.online]).toEqual(['m0', true])
    clock.advance(100)
    expect(seen.video.online).toBe(false)
    clock.advance(300)
    expect([seen.name, seen.video.online]).toEqual(['m1', true])
  })
})
