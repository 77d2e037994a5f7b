import { describe, expect, it } from 'vitest'
import type { PowerPath } from '../../../../server/contract/inventory.ts'
import type { CheckResult, KvmState, Signal } from '../../../../server/contract/state.ts'
import { howText, netAnswers, outcomeText } from '../../../../web/features/device/machine-facts.ts'
import { en } from '../../../../web/features/device/words.ts'
import { action, kvm, observed } from '../../machines.ts'

const check = (value: CheckResult | null) => ({
  checkId: 'c',
  label: 'NFS',
  result: observed(value),
  said: null,
  lastGoodAt: null,
})
const path = (target: string, wiring: PowerPath['wiring']): PowerPath => ({
  id: 'p',
  siteId: 's',
  deviceId: 'd',
  endpointId: 'e',
  target,
  wiring,
  priority: 0,
  provenAt: null,
  lastVerdict: null,
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
