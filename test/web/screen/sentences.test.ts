import { describe, expect, it } from 'vitest'
import { en as core } from '../../../web/locales/en.ts'
import { captionOf, warningOf, type InputFacts } from '../../../web/features/screen/sentences.ts'
import { en, ja } from '../../../web/features/screen/words.ts'

const words = { core, own: en, clock: () => '22:15' }

describe('what is said under the picture', () => {
  it('is nothing while it is live', () => {
    expect(captionOf({ name: 'live' }, words)).toBe('')
  })

  it('names the cause and since when', () => {
    expect(captionOf({ name: 'kvmUnreachable', at: 1 }, words)).toBe('KVM unreachable since 22:15')
    expect(captionOf({ name: 'elsewhere', at: 1 }, words)).toBe('Last picture of this machine, 22:15')
    expect(captionOf({ name: 'elsewhere', at: null }, words)).toBe('')
    expect(captionOf({ name: 'stalled', at: 1 }, words)).toBe('No new picture since 22:15')
    expect(captionOf({ name: 'unchanged', at: 1 }, words)).toBe('Picture unchanged since 22:15')
    expect(captionOf({ name: 'noSignal' }, words)).toBe('No signal. Keys still go out')
    expect(captionOf({ name: 'off' }, words)).toBe('Powered off')
    expect(captionOf({ name: 'noLink', at: 1 }, words)).toBe('No link to Crashcart. Last 22:15. Retrying')
    expect(captionOf({ name: 'linkSlow', at: 1 }, words)).toBe('Your link is slow · As of 22:15')
  })
})

describe('what is said against typing', () => {
  const fine: InputFacts = {
    refusedKey: null,
    leds: { caps: null, keyboardOnline: true, mouseOnline: true, mouseAbsolute: true },
    mode: 'type',
    notSent: null,
  }

  it('is nothing when all is well, or while only looking', () => {
    expect(warningOf(fine, en)).toBe('')
    expect(warningOf({ ...fine, mode: 'look', leds: { ...fine.leds, keyboardOnline: false } }, en)).toBe('')
  })

  it('is why a key did not go out, else why it may not arrive', () => {
    expect(warningOf({ ...fine, refusedKey: 'kvmUnreachable' }, en)).toBe(en.keyNotSent)
    expect(warningOf({ ...fine, refusedKey: 'noControl' }, en)).toBe(en.keyNoControl)
    expect(warningOf({ ...fine, refusedKey: 'switching' }, en)).toBe(en.keySwitching)
    expect(warningOf({ ...fine, notSent: 'noLink' }, ja)).toBe(ja.notSent)
    expect(warningOf({ ...fine, notSent: 'switching' }, en)).toBe(en.textRefused.switching)
    expect(warningOf({ ...fine, leds: { ...fine.leds, keyboardOnline: false } }, en)).toBe(en.noKeyboard)
  })
})
