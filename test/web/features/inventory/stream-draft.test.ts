import { describe, expect, it } from 'vitest'
import { changeIn, draftOf } from '../../../../web/features/inventory/stream-draft.ts'

const settings = {
  quality: { value: 80, min: 1, max: 100 },
  h264Gop: { value: 0, min: 0, max: 60 },
}

describe('the form of a stream', () => {
  it('begins with what is, and changes nothing by itself', () => {
    expect(draftOf(settings)).toEqual({ quality: '80', h264Gop: '0' })
    expect(changeIn(draftOf(settings), settings)).toEqual({ change: {}, bad: new Set() })
  })

  it('sends only what differs, full-width digits included', () => {
    expect(changeIn({ quality: ' ６０ ', h264Gop: '0' }, settings).change).toEqual({ quality: 60 })
  })

  it.each(['', '0', '101', '6.5', '-1', 'x', '1e1'])(
    'names the field where “%s” is no quality',
    (quality) => {
      const { change, bad } = changeIn({ quality, h264Gop: '10' }, settings)
      expect([...bad]).toEqual(['quality'])
      expect(change).toEqual({ h264Gop: 10 })
    },
  )
})
