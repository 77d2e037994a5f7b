import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { readOffer } from '../../../server/drivers/pikvm/offer.ts'

type Recorded = { label: string; body: { result: unknown } }
const recordings = JSON.parse(
  readFileSync(new URL('../../fixtures/pikvm/info.json', import.meta.url), 'utf8'),
) as Recorded[]
const result = (label: string) => recordings.find((one) => one.label === label)!.body.result

describe('what a PiKVM offers', () => {
  test.each(['info', 'info legacy=0'])('is read from recorded answers (%s)', (label) => {
    const offer = readOffer({
      info: result(label),
      atx: { enabled: true },
      gpio: result('gpio'),
      kvmSwitch: result('switch'),
    })
    expect(offer).toEqual({
      model: 'Raspberry Pi Compute Module 4 Rev 1.1',
      version: '4.197',
      atxEnabled: true,
      gpio: [
        {
          channel: 'button1',
          canSwitch: false,
          canPulse: true,
          isInput: false,
          pulse: { minMs: 100, maxMs: 100 },
        },
        {
          channel: 'relay1',
          canSwitch: true,
          canPulse: true,
          isInput: false,
          pulse: { minMs: 100, maxMs: 5_000 },
        },
        { channel: 'led1', canSwitch: false, canPulse: false, isInput: true },
        { channel: 'led2', canSwitch: false, canPulse: false, isInput: true },
      ],
      hasSwitch: false,
      ports: [],
    })
  })

  test('is empty when the device answers nonsense', () => {
    expect(readOffer({ info: 1, atx: null, gpio: [], kvmSwitch: 'x' })).toEqual({
      model: 'PiKVM',
      version: '',
      atxEnabled: false,
      gpio: [],
      hasSwitch: false,
      ports: [],
    })
  })

  test('device text stays one short line', () => {
    const info = { system: { kvmd: { version: `4.1\r\n\u001b[31m${'x'.repeat(500)}` } } }
    const { version } = readOffer({ info, atx: {}, gpio: {}, kvmSwitch: null })
    expect(version).toMatch(/^4\.1 \[31mx+$/)
    expect(version.length).toBe(120)
  })
})
