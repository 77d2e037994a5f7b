import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  differingFrom,
  outsideOf,
  readStreamSettings,
  streamQuery,
} from '../../../server/drivers/pikvm/stream-settings.ts'

type Recorded = { label: string; body: { result: unknown } }
const recorded = JSON.parse(
  readFileSync(new URL('../../fixtures/pikvm/streamer.json', import.meta.url), 'utf8'),
) as Recorded[]
const streamer = recorded.find(({ label }) => label === 'streamer')?.body.result

describe('the settings of a PiKVM’s stream', () => {
  it('are what the daemon says, with its limits', () => {
    expect(readStreamSettings(streamer)).toEqual({
      quality: { value: 80, min: 1, max: 100 },
      desiredFps: { value: 30, min: 0, max: 90 },
      h264Kbps: { value: 5000, min: 25, max: 20_000 },
      h264Gop: { value: 0, min: 0, max: 60 },
    })
  })

  it.each([
    ['nothing', null],
    ['numbers as words', { params: { quality: '80', desired_fps: true }, limits: { desired_fps: 5 } }],
    ['a limit that is none', { params: { desired_fps: 30 }, limits: { desired_fps: { min: -1, max: 1e9 } } }],
    ['a quality that is fixed', { params: { quality: 80 }, features: { quality: false } }],
  ])('leave out what is not said: %s', (_title, said) => {
    expect(readStreamSettings(said)).toEqual({})
  })

  it('are asked for in the daemon’s words', () => {
    expect(streamQuery({ quality: 60, desiredFps: 20, h264Kbps: 800, h264Gop: 30 })).toBe(
      'quality=60&desired_fps=20&h264_bitrate=800&h264_gop=30',
    )
    expect(streamQuery({ h264Gop: 0 })).toBe('h264_gop=0')
  })

  it('name what is outside the limits, and what was not taken', () => {
    const settings = readStreamSettings(streamer)
    expect(outsideOf({ quality: 0, desiredFps: 91, h264Kbps: 25 }, settings)).toEqual([
      'quality',
      'desiredFps',
    ])
    expect(outsideOf({ quality: 50 }, {})).toEqual(['quality'])
    expect(differingFrom({ quality: 80, desiredFps: 20 }, settings)).toEqual(['desiredFps'])
  })
})
