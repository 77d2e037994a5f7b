import { describe, expect, it } from 'vitest'
import { ManualClock } from '../../../server/sim/machine/clock.ts'
import type { MachineChange } from '../../../server/sim/machine/machine-types.ts'
import { SimMachine } from '../../../server/sim/machine/machine.ts'
import { strokesOfLayout, type GuestLayout } from '../../../server/sim/machine/layouts.ts'

function machineWith(options: { startsOff?: boolean; layout?: GuestLayout } = {}) {
  const clock = new ManualClock()
  const machine = new SimMachine({ name: 'nas1', clock, bootMs: 10_000, shutdownMs: 3000, ...options })
  return { clock, machine }
}

function press(machine: SimMachine, clock: ManualClock, button: 'power' | 'reset', holdMs: number): void {
  machine.panel.press(button)
  clock.advance(holdMs)
  machine.panel.release(button)
}

function tap(machine: SimMachine, key: string): void {
  machine.key(key, true)
  machine.key(key, false)
}

function type(machine: SimMachine, text: string, layout: GuestLayout = 'us'): void {
  const strokes = strokesOfLayout(layout)
  for (const character of text) {
    const stroke = strokes.get(character)
    if (!stroke) throw new Error(`no key for ${character}`)
    if (stroke.shift) machine.key('ShiftLeft', true)
    tap(machine, stroke.key)
    if (stroke.shift) machine.key('ShiftLeft', false)
  }
}

describe('the power button', () => {
  it('switches a machine on at the press and counts it', () => {
    const { machine, clock } = machineWith({ startsOff: true })
    press(machine, clock, 'power', 100)
    expect(machine.powerLed).toBe(true)
    expect(machine.presses).toEqual([{ button: 'power', startedAtMs: 0, durationMs: 100, effect: 'on' }])
  })

  it('asks a running system to shut down, and it goes off by itself', () => {
    const { machine, clock } = machineWith()
    press(machine, clock, 'power', 100)
    expect(machine.phase).toBe('stopping')
    clock.advance(3000)
    expect(machine.phase).toBe('off')
    expect(machine.presses[0]?.effect).toBe('acpi')
  })

  it('is ignored by a hung system when short, and cuts the power after 4 s', () => {
    const { machine, clock } = machineWith()
    machine.hang()
    press(machine, clock, 'power', 500)
    clock.advance(60_000)
    expect(machine.isOn).toBe(true)
    expect(machine.presses[0]?.effect).toBe('ignored')
    press(machine, clock, 'power', 3999)
    expect(machine.isOn).toBe(true)
    press(machine, clock, 'power', 5500)
    expect(machine.isOn).toBe(false)
    expect(machine.presses[2]).toMatchObject({ effect: 'hardOff', durationMs: 5500 })
  })

  it('must be held longer on a board that wants so', () => {
    const clock = new ManualClock()
    const machine = new SimMachine({ name: 'old', clock, hardOffAfterMs: 10_000 })
    machine.hang()
    press(machine, clock, 'power', 5500)
    expect(machine.isOn).toBe(true)
    press(machine, clock, 'power', 10_000)
    expect(machine.isOn).toBe(false)
  })

  it('switches off again when held on from off', () => {
    const { machine, clock } = machineWith({ startsOff: true })
    press(machine, clock, 'power', 5500)
    expect(machine.isOn).toBe(false)
    expect(machine.bootCount).toBe(1)
  })
})

describe('the reset button', () => {
  it('restarts with the power LED on throughout, the signal lost and the USB keyboard gone for a while', () => {
    const { machine, clock } = machineWith()
    const seen: string[] = []
    machine.subscribe((change: MachineChange) => {
      if (change === 'usb') seen.push(machine.usbConfigured ? 'usb+' : 'usb-')
      if (change === 'video') seen.push(machine.video.online ? `video ${machine.video.width}` : 'dark')
      expect(machine.powerLed).toBe(true)
    })
    press(machine, clock, 'reset', 100)
    clock.advance(20_000)
    expect(seen).toEqual(['usb-', 'dark', 'usb+', 'video 720', 'usb-', 'dark', 'usb+', 'video 1024'])
    expect(machine.phase).toBe('running')
    expect(machine.bootCount).toBe(2)
  })

  it('does nothing while off, and nothing at all when its wire is loose', () => {
    const { machine, clock } = machineWith({ startsOff: true })
    press(machine, clock, 'reset', 100)
    expect(machine.isOn).toBe(false)
    expect(machine.presses[0]?.effect).toBe('nothing')
    press(machine, clock, 'power', 100)
    machine.setButtonWired('reset', false)
    press(machine, clock, 'reset', 100)
    expect(machine.bootCount).toBe(1)
    expect(machine.presses[2]?.effect).toBe('unwired')
  })
})

describe('a boot', () => {
  it('goes from firmware over the boot loader and the kernel to a login prompt', () => {
    const { machine, clock } = machineWith({ startsOff: true })
    press(machine, clock, 'power', 100)
    const screens: string[] = []
    for (let elapsedMs = 0; elapsedMs < 10_000; elapsedMs += 500) {
      clock.advance(500)
      screens.push(machine.screen.lines().join('\n'))
    }
    expect(screens.some((text) => text.includes('System firmware'))).toBe(true)
    expect(screens.some((text) => text.includes('Boot loader'))).toBe(true)
    expect(screens.some((text) => text.includes('Linux version'))).toBe(true)
    expect(screens.at(-1)).toContain('nas1 login:')
    expect(machine.network).toBe('answers')
  })

  it('clears a hang and a lost network', () => {
    const { machine, clock } = machineWith()
    machine.loseNetwork()
    machine.hang()
    expect(machine.network).toBe('unreachable')
    press(machine, clock, 'reset', 100)
    clock.advance(10_000)
    expect(machine.network).toBe('answers')
    expect(machine.faults.hung).toBe(false)
  })
})

describe('the console', () => {
  it('logs in and answers commands, and remembers what was typed', () => {
    const { machine } = machineWith()
    type(machine, 'root\nrack\necho Hello, "World"!\n')
    expect(machine.typedLines.map((line) => line.text)).toEqual(['root', 'rack', 'echo Hello, "World"!'])
    expect(machine.screen.lines()).toContain('Hello, "World"!')
  })

  it('reads keys through a Japanese layout when asked', () => {
    const { machine } = machineWith({ layout: 'jis' })
    machine.key('ShiftLeft', true)
    tap(machine, 'Digit2')
    machine.key('ShiftLeft', false)
    tap(machine, 'BracketLeft')
    tap(machine, 'IntlYen')
    tap(machine, 'Enter')
    expect(machine.typedLines[0]?.text).toBe('"@\\')
  })

  it('ignores keys while hung, still counts them, and its caps LED is dead', () => {
    const { machine } = machineWith()
    tap(machine, 'CapsLock')
    expect(machine.keyboardLeds.caps).toBe(true)
    machine.hang()
    const before = machine.screen.revision
    tap(machine, 'CapsLock')
    tap(machine, 'KeyA')
    expect(machine.keyboardLeds.caps).toBe(true)
    expect(machine.screen.revision).toBe(before)
    expect(machine.keyLog.slice(-2)).toMatchObject([
      { key: 'KeyA', down: true, handled: false },
      { key: 'KeyA', down: false, handled: false },
    ])
  })

  it('keeps the caps LED working in a hang that left the kernel alive', () => {
    const { machine } = machineWith()
    machine.hang({ kernelAlive: true })
    tap(machine, 'CapsLock')
    expect(machine.keyboardLeds.caps).toBe(true)
  })

  it('obeys SysRq B in such a hang, and not when the kernel is dead', () => {
    for (const kernelAlive of [true, false]) {
      const { machine } = machineWith()
      machine.hang({ kernelAlive })
      for (const key of ['AltLeft', 'PrintScreen', 'KeyB']) machine.key(key, true)
      expect(machine.bootCount).toBe(kernelAlive ? 2 : 1)
    }
  })

  it('restarts on Ctrl+Alt+Del, but not when hung or panicked', () => {
    for (const [fault, boots] of [
      ['none', 2],
      ['hang', 1],
      ['panic', 1],
    ] as const) {
      const { machine, clock } = machineWith()
      if (fault === 'hang') machine.hang()
      if (fault === 'panic') machine.panic()
      for (const key of ['ControlLeft', 'AltLeft', 'Delete']) machine.key(key, true)
      clock.advance(20_000)
      expect(machine.bootCount).toBe(boots)
    }
  })

  it('shows the panic text and takes nothing more', () => {
    const { machine } = machineWith()
    machine.panic()
    expect(machine.screen.lines().join('\n')).toContain('Kernel panic - not syncing')
    expect(machine.network).toBe('silent')
  })
})

describe('the wires', () => {
  it('shows a dark power LED when it is not wired, and stays so over a boot', () => {
    const { machine, clock } = machineWith()
    machine.setLedWired(false)
    press(machine, clock, 'reset', 100)
    clock.advance(10_000)
    expect(machine.powerLed).toBe(false)
    expect(machine.isOn).toBe(true)
  })

  it('dies without mains and boots when they come back', () => {
    const { machine, clock } = machineWith()
    machine.setMains(false)
    expect(machine.isOn).toBe(false)
    press(machine, clock, 'power', 100)
    expect(machine.isOn).toBe(false)
    machine.setMains(true)
    clock.advance(10_000)
    expect(machine.phase).toBe('running')
  })
})
