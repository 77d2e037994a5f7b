import { describe, expect, test } from 'vitest'
import {
  contradictionMs,
  powerFromLed,
  proveWiring,
  startingProof,
} from '../../../server/drivers/pikvm/led-wiring.ts'

const lit = { powerLed: true, signalPresent: true }
const darkWithPicture = { powerLed: false, signalPresent: true }
const darkWithout = { powerLed: false, signalPresent: false }
const nothingKnown = { powerLed: null, signalPresent: null }

describe('wiring of the power LED', () => {
  test('is unproven while the LED was never seen on, however long it is dark', () => {
    const later = proveWiring(proveWiring(startingProof(), darkWithout, 0), darkWithout, 3_600_000)
    expect(later.wiring).toBe('unproven')
    expect(powerFromLed(false, later.wiring)).toBeNull()
  })

  test('is wired once the LED was seen on, and then a dark LED means off', () => {
    const seen = proveWiring(startingProof(), lit, 0)
    expect(powerFromLed(true, seen.wiring)).toBe('on')
    const dark = proveWiring(seen, darkWithout, 1000)
    expect(powerFromLed(false, dark.wiring)).toBe('off')
  })

  test('is unwired when a picture stays for 10 s under a dark LED, not before', () => {
    const first = proveWiring(startingProof('wired'), darkWithPicture, 0)
    const before = proveWiring(first, darkWithPicture, contradictionMs - 1)
    expect(before.wiring).toBe('wired')
    const after = proveWiring(before, darkWithPicture, contradictionMs)
    expect(after.wiring).toBe('unwired')
    expect(powerFromLed(false, after.wiring)).toBeNull()
  })

  test.each([
    ['a lost signal', darkWithout],
    ['a lit LED', lit],
    ['not knowing', nothingKnown],
  ])('%s in between starts the 10 s anew', (_name, between) => {
    let proof = proveWiring(startingProof('wired'), darkWithPicture, 0)
    proof = proveWiring(proof, between, 6000)
    proof = proveWiring(proof, darkWithPicture, 7000)
    expect(proveWiring(proof, darkWithPicture, 12_000).wiring).toBe('wired')
  })

  test('an unwired LED that lights up is wired after all', () => {
    expect(proveWiring(startingProof('unwired'), lit, 0).wiring).toBe('wired')
  })

  test('nothing is said without an LED', () => {
    expect(powerFromLed(null, 'wired')).toBeNull()
  })
})
