import { describe, expect, test } from 'vitest'
import type { Action, PathView, PowerVerb } from '../../../server/contract/power.ts'
import type { Verdict } from '../../../web/features/power/action-log.ts'
import {
  alternativeOf,
  byText,
  heldText,
  longPressText,
  proofText,
  reasonText,
  relayLimitText,
  shownByText,
  wordsFor,
} from '../../../web/features/power/path-words.ts'
import { en } from '../../../web/features/power/words.ts'

const path = (target: 'atx' | 'atx:1' | 'ipmi' | 'gpio:plug', fields: Partial<PathView> = {}): PathView => ({
  id: target,
  target,
  portLabel: target === 'atx:1' ? '2' : null,
  wiring: target === 'atx:1' ? 'atx' : target,
  endpointName: '',
  reachable: true,
  ledWiring: 'wired',
  provenAt: null,
  lastVerdict: null,
  longPressS: null,
  pulse: null,
  reboot: target === 'atx' ? 'reset' : 'cycle',
  resetShownBy: target === 'ipmi' ? [] : null,
  verbs: target === 'gpio:plug' ? ['cycle', 'hardOff', 'on'] : ['reset', 'cycle', 'off', 'hardOff', 'on'],
  ...fields,
})

describe('two ways to the power', () => {
  test('are named, and why one comes first is said', () => {
    expect(
      [path('atx'), path('atx:1'), path('ipmi'), path('gpio:plug')].map((one) => byText(one, en)),
    ).toEqual(['PiKVM', 'PiKVM port 2', 'BMC', 'relay plug'])
    expect(reasonText('proven', path('ipmi'), en)).toContain('BMC first')
    expect(reasonText('onlyReachable', path('atx'), en)).toContain('PiKVM')
    expect(reasonText('preferred', path('atx'), en)).toBe('')
    expect(reasonText(null, path('atx'), en)).toBe('')
  })

  test('the other one is offered for a hard reboot, by what it proves best, while it answers', () => {
    expect(alternativeOf(path('atx'), [path('ipmi')], 'reset')).toMatchObject({ verb: 'cycle' })
    const seen = path('ipmi', { reboot: 'reset', resetShownBy: ['screen'] })
    expect(alternativeOf(path('atx'), [seen], 'reset')).toMatchObject({ verb: 'reset' })
    expect(alternativeOf(path('ipmi'), [path('atx')], 'cycle')).toMatchObject({ verb: 'reset' })
    expect(alternativeOf(path('ipmi'), [path('gpio:plug')], 'cycle')).toMatchObject({ verb: 'cycle' })
    expect(alternativeOf(path('atx'), [path('gpio:plug')], 'reset')).toBeNull()
    expect(alternativeOf(path('atx'), [path('ipmi', { reachable: false })], 'reset')).toBeNull()
    expect(alternativeOf(path('atx'), [path('ipmi')], 'on')).toBeNull()
  })

  test('by what a reset through a BMC would show is said, or that nothing would', () => {
    const said = (resetShownBy: PathView['resetShownBy'], verb: PowerVerb = 'reset'): string =>
      shownByText(path('ipmi', { resetShownBy }), verb, en)
    expect(said(['screen', 'network'])).toBe('A reset would show by: screen, network.')
    expect(said([])).toContain('Nothing here would show')
    expect(said(['screen'], 'cycle')).toBe('')
    expect(shownByText(path('atx'), 'reset', en)).toBe('')
  })

  test('a proof is told of the reboot that it was for, and of nothing else', () => {
    const said = (
      target: 'atx' | 'ipmi' | 'gpio:plug',
      verb: PowerVerb,
      provenAt: number | null = 7,
    ): string =>
      proofText(
        path(target, { provenAt, ...(target === 'gpio:plug' && { wiring: 'supply' }) }),
        verb,
        en,
        String,
      )
    expect(said('atx', 'reset')).toBe('proven 7')
    expect(said('atx', 'reset', null)).toBe('never tried')
    for (const verb of ['cycle', 'hardOff', 'off', 'on'] as const) expect(said('atx', verb)).toBe('')
    expect([said('ipmi', 'reset'), said('ipmi', 'cycle'), said('ipmi', 'on')]).toEqual([
      'proven 7',
      'proven 7',
      '',
    ])
    expect([said('gpio:plug', 'cycle'), said('gpio:plug', 'hardOff')]).toEqual(['proven 7', ''])
    expect(en.how('off and on', 'PiKVM', '')).toBe('How: off and on by PiKVM.')
  })

  test('how long a long press is held is said where one is held, and whose setting that is', () => {
    const said = (target: 'atx' | 'atx:1', verb: PowerVerb, longPressS: number | null = null): string =>
      longPressText(path(target, { longPressS }), verb, en)
    expect(said('atx', 'cycle')).toContain('atx.long_click_delay')
    expect(said('atx:1', 'hardOff', 12)).toContain('Held 12 s, by this port’s own setting')
    expect(said('atx:1', 'hardOff')).toContain('as long as this port is set to')
    expect([said('atx', 'reset'), said('atx', 'on'), longPressText(path('ipmi'), 'cycle', en)]).toEqual([
      '',
      '',
      '',
    ])
    const relay = path('gpio:plug', { wiring: 'powerButton', longPressS: 5.5 })
    expect(longPressText(relay, 'cycle', en)).toContain('Held 5.5 s')
    expect(longPressText({ ...relay, wiring: 'supply' }, 'cycle', en)).toBe('')
  })

  test('after a long press that nothing proves, how long it was is said, with the setting', () => {
    const unknown = { type: 'unknown' } as Verdict
    const pressing = (button: string, target: string) =>
      ({ steps: [{ at: 1, type: 'pressing', button, target }] }) as unknown as Action
    expect(heldText(pressing('powerLong', 'atx'), unknown, en)).toContain('atx.long_click_delay')
    expect(heldText(pressing('powerLong', 'atx:1'), unknown, en)).toContain('Switch page')
    expect(heldText(pressing('power', 'atx'), unknown, en)).toBe('')
    expect(heldText(pressing('powerLong', 'atx'), { type: 'poweredOff', isUnfinished: true }, en)).toBe('')
  })

  test('what a relay on the power button cannot do is said, with the setting that is in the way', () => {
    const limit = (verbs: PowerVerb[], pulse: PathView['pulse']): string =>
      relayLimitText(path('gpio:plug', { wiring: 'powerButton', verbs, pulse }), en)
    expect(limit(['off', 'on'], { minS: 0.1, maxS: 0.1 })).toMatch(/0\.1 s at most.*pulse\.max_delay/)
    expect(limit(['off', 'on'], null)).toContain('Read the PiKVM again')
    expect(limit(['hardOff'], { minS: 5, maxS: 9 })).toContain('pulse.min_delay')
    expect(limit(['cycle', 'off', 'hardOff', 'on'], { minS: 0.1, maxS: 9 })).toBe('')
    expect(relayLimitText(path('gpio:plug', { wiring: 'supply' }), en)).toBe('')
  })

  test('a BMC is told, a button is pressed', () => {
    expect(wordsFor('ipmi', en).step.pressed('off and on')).toBe('BMC told: off and on')
    expect(wordsFor('atx', en).step.pressed('reset')).toBe('Reset pressed')
    expect(wordsFor('ipmi', en).reason['device/timeout']).toBe('BMC unreachable')
    expect(wordsFor('ipmi', en).reason['journal']).toBe(en.reason['journal'])
  })
})
