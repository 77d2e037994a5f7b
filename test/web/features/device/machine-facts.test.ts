import { describe, expect, it } from 'vitest'
import type { NamedPath } from '../../../../web/api/named-path.ts'
import type { Action } from '../../../../server/contract/power.ts'
import type { PowerPath } from '../../../../server/contract/inventory.ts'
import type { CheckResult, KvmState, Signal } from '../../../../server/contract/state.ts'
import {
  diskText,
  howText,
  kvmCareText,
  lastActionOf,
  lastActionText,
  netAnswers,
  outcomeText,
} from '../../../../web/features/device/machine-facts.ts'
import { en, ja } from '../../../../web/features/device/words.ts'
import { action, kvm, observed } from '../../machines.ts'

const check = (value: CheckResult | null) => ({
  checkId: 'c',
  label: 'NFS',
  result: observed(value),
  said: null,
  lastGoodAt: null,
})
const path = (target: string, wiring: PowerPath['wiring']): NamedPath => ({
  id: 'p',
  siteId: 's',
  deviceId: 'd',
  endpointId: 'e',
  target,
  wiring,
  priority: 0,
  rev: 1,
  provenAt: null,
  lastVerdict: null,
  portLabel: target === 'atx:5' ? '2.2' : null,
})

describe('network by the checks', () => {
  it.each([
    [[], null],
    [[check(null)], null],
    [[check('noAnswer')], false],
    [[check('silent')], false],
    [[check('refused')], true],
    [[check('wrong')], true],
    [[check('noAnswer'), check('answers')], true],
    [[check(null), check('noAnswer')], false],
  ] as const)('%#', (checks, answers) => {
    expect(netAnswers(checks)).toBe(answers)
  })
})

describe('how a hard reboot is done', () => {
  it('names the button and who presses it', () => {
    expect(howText(path('atx', 'atx'), null, en)).toBe('reset by PiKVM')
    expect(howText(path('atx:5', 'atx'), null, en)).toBe('reset by PiKVM port 2.2')
    expect(howText(path('gpio:rst1', 'resetButton'), null, en)).toBe('reset by relay rst1')
    expect(howText(path('gpio:plug', 'supply'), null, en)).toBe('off and on by relay plug')
  })

  it('is a reset by a BMC only where a KVM would see it', () => {
    const dark = {
      signal: observed<Signal>(null),
      keyboardOnline: observed(false),
      mouseOnline: observed(false),
    }
    const by = (seen: KvmState | null): string => howText(path('ipmi', 'ipmi'), seen, en)
    expect(by(null)).toBe('off and on by BMC')
    expect(by(kvm())).toBe('reset by BMC')
    expect(by(kvm({ reachable: observed(false) }))).toBe('off and on by BMC')
    expect(by(kvm(dark))).toBe('off and on by BMC')
    expect(by(kvm({ ...dark, keyboardOnline: observed(true) }))).toBe('reset by BMC')
  })
})

describe('what became of an action', () => {
  it('says that it runs until there is a verdict', () => {
    expect(outcomeText(action('a', 'd'), en)).toBe('running')
  })

  it('measures from the press to being back', () => {
    const done = action('a', 'd', {
      effect: 'restarted',
      back: 'back',
      steps: [
        { at: 1000, type: 'accepted' },
        { at: 2000, type: 'pressed', button: 'reset', target: 'atx' },
        { at: 234_000, type: 'back', verdict: 'back' },
      ],
    })
    expect(outcomeText(done, en)).toBe('restarted · back after 3:52')
  })

  it('does not invent a second verdict', () => {
    expect(outcomeText(action('a', 'd', { effect: 'poweredOff', back: 'notExpected' }), en)).toBe(
      'power went off',
    )
    expect(outcomeText(action('a', 'd', { effect: 'unknown', back: null }), en)).toBe(
      'unknown: pressed, nothing proven',
    )
  })
})

describe('the light of the disk', () => {
  const clock = (at: number): string => `T${at}`
  const dark = { hddActive: observed(false, 7) }
  const lit = { hddActive: observed(true, 7), hddWasLit: true } as const

  it('says nothing until it was seen lit, nor while it is not known', () => {
    expect(diskText(kvm(dark), en, clock, true)).toBe('')
    expect(diskText(kvm({ hddActive: observed<boolean>(null), hddWasLit: true }), en, clock, true)).toBe('')
  })

  it('is on now, or off since when', () => {
    expect(diskText(kvm(lit), en, clock, true)).toBe('Disk light: on now')
    expect(diskText(kvm(lit), ja, clock, true)).toBe('ディスクランプ: 点灯中')
    expect(diskText(kvm({ ...dark, hddWasLit: true }), en, clock, true)).toBe('Disk light: off since T7')
    expect(diskText(kvm({ ...dark, hddWasLit: true }), ja, clock, true)).toBe('ディスクランプ: T7から消灯')
  })

  it('is not on "now" when nothing is heard', () => {
    expect(diskText(kvm(lit), en, clock, false)).toBe('Disk light: on')
    expect(diskText(kvm(lit), ja, clock, false)).toBe('ディスクランプ: 点灯')
  })
})

describe('what the KVM suffers from', () => {
  const clock = (at: number): string => `T${at}`
  const warm = (celsius: number | null) => ({ cpuTemperatureC: observed(celsius) })
  const slow = { throttled: observed(true, 7) }

  it('is nothing while it is well, or nothing is known', () => {
    expect(kvmCareText(kvm(warm(74)), en, clock)).toBe('')
    expect(kvmCareText(kvm({ ...warm(null), throttled: observed<boolean>(null) }), en, clock)).toBe('')
  })

  it('is heat from 75 °C on', () => {
    expect(kvmCareText(kvm(warm(75)), en, clock)).toBe('KVM is hot: 75 °C')
    expect(kvmCareText(kvm(warm(75)), ja, clock)).toBe('KVMが高温: 75 °C')
  })

  it('is being slowed down, with the temperature that tells heat from a weak supply', () => {
    expect(kvmCareText(kvm({ ...slow, ...warm(48) }), en, clock)).toBe(
      'KVM slowed down since T7: weak supply or heat. It has 48 °C',
    )
    expect(kvmCareText(kvm({ ...slow, ...warm(48) }), ja, clock)).toBe(
      'T7からKVMが性能制限中: 電源不足か高温。現在48 °C',
    )
    expect(kvmCareText(kvm({ ...slow, ...warm(null) }), en, clock)).toBe(
      'KVM slowed down since T7: weak supply or heat',
    )
  })
})

describe('the newest action, after its sheet is closed', () => {
  const done = action('a', 'd', {
    phase: 'done',
    acceptedAt: 1_000,
    endedAt: 25_400,
    effect: 'restarted',
    back: 'back',
    steps: [
      { at: 1_400, type: 'pressed', button: 'reset', target: 'atx' },
      { at: 25_400, type: 'back', verdict: 'back' },
    ],
  })

  it('says what came of it', () => {
    expect(lastActionText(done, [], en)).toBe('Hard reboot: back after 0:24')
    expect(lastActionText(done, [], ja)).toBe('強制再起動: 0:24で復旧')
    expect(lastActionText({ ...done, verb: 'cycle', back: 'notBack' }, [], en)).toBe(
      'Off and on: restarted · not back',
    )
    expect(lastActionText({ ...done, effect: 'notSent', back: 'notExpected' }, [], en)).toBe(
      'Hard reboot: nothing was pressed',
    )
  })

  it('says that somebody saw its setup only until a check answers after that', () => {
    const catching: Action['catching'] = {
      aim: 'setup',
      keys: ['F2'],
      forMs: 120_000,
      startedAt: 1_400,
      presses: 20,
      lastPressAt: 7_000,
      end: { at: 8_000, why: 'stopped', by: 'Kenji' },
    }
    const seen = { ...done, back: 'inFirmware', catching } as const
    const ssh = (lastGoodAt: number | null) => ({ ...check('answers'), label: 'SSH', lastGoodAt })
    for (const back of ['inFirmware', 'notExpected'] as const)
      expect(lastActionText({ ...seen, back }, [ssh(8_000), ssh(null)], en)).toBe(
        'Hard reboot: in setup, as Kenji saw',
      )
    expect(lastActionText(seen, [ssh(null), ssh(8_001)], en)).toBe('Hard reboot: up since: SSH answered')
    expect(lastActionText(seen, [ssh(8_001)], ja)).toBe('強制再起動: その後起動（SSH 応答あり）')
    // Nobody saw the firmware: what it ended with stands.
    expect(lastActionText(done, [ssh(99_000)], en)).toBe('Hard reboot: back after 0:24')
  })

  it('is shown for an hour after its end, and only the newest', () => {
    const older = { ...done, id: 'older' }
    expect(lastActionOf([done, older], 25_400 + 3_599_000)).toEqual({ action: done, at: 25_400 })
    expect(lastActionOf([done, older], 25_400 + 3_600_000)).toBeNull()
    expect(lastActionOf([], 0)).toBeNull()
  })
})
