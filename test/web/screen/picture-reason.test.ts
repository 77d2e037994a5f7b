import { describe, expect, it } from 'vitest'
import { isOutdated, pictureReason, type PictureFacts } from '../../../web/features/screen/picture-reason.ts'

const now = 1_000_000
const live: PictureFacts = {
  isLinked: true,
  state: 'live',
  since: 5,
  drawnAt: now - 500,
  changedAt: null,
  stirredAt: null,
  now,
}

describe('why the picture stands still', () => {
  it('is nothing while it is live', () => {
    expect(pictureReason(live)).toEqual({ name: 'live' })
    expect(isOutdated(pictureReason(live))).toBe(false)
  })

  it('is our own link first', () => {
    const lost = pictureReason({ ...live, isLinked: false, state: 'kvmUnreachable' })
    expect(lost).toEqual({ name: 'noLink', at: now - 500 })
    expect(isOutdated(lost)).toBe(true)
  })

  it('is what the server says, with its time', () => {
    expect(pictureReason({ ...live, state: 'kvmUnreachable' })).toEqual({ name: 'kvmUnreachable', at: 5 })
    expect(pictureReason({ ...live, state: 'stalled' })).toEqual({ name: 'stalled', at: 5 })
    expect(pictureReason({ ...live, state: 'off' })).toEqual({ name: 'off' })
    expect(pictureReason({ ...live, state: 'noSignal' })).toEqual({ name: 'noSignal' })
  })

  it('is a shared KVM at another machine, with the time of this one’s own last picture', () => {
    const elsewhere = pictureReason({ ...live, state: 'elsewhere' })
    expect(elsewhere).toEqual({ name: 'elsewhere', at: now - 500 })
    expect(isOutdated(elsewhere)).toBe(true)
    expect(pictureReason({ ...live, state: 'elsewhere', drawnAt: null })).toEqual({
      name: 'elsewhere',
      at: null,
    })
  })

  it('is a slow link when the stream lives and nothing new has been drawn for 2.5 s', () => {
    expect(pictureReason({ ...live, drawnAt: now - 2_501 })).toEqual({ name: 'linkSlow', at: now - 2_501 })
    expect(pictureReason({ ...live, drawnAt: now - 2_500 })).toEqual({ name: 'live' })
  })

  it('is a small change while only a cursor or a clock moves, and unchanged when that stops too', () => {
    const facts = { ...live, changedAt: now - 60_000 }
    const stirring = pictureReason({ ...facts, stirredAt: now - 4_000 })
    expect(stirring).toEqual({ name: 'smallChange', at: now - 60_000 })
    expect(isOutdated(stirring)).toBe(false)
    expect(pictureReason({ ...facts, stirredAt: now - 20_000 })).toEqual({
      name: 'unchanged',
      at: now - 60_000,
    })
    expect(pictureReason({ ...facts, stirredAt: now - 61_000 })).toEqual({
      name: 'unchanged',
      at: now - 60_000,
    })
  })

  it('is the machine itself when its picture has not changed, which marks nothing as old', () => {
    const reason = pictureReason({ ...live, changedAt: now - 60_000 })
    expect(reason).toEqual({ name: 'unchanged', at: now - 60_000 })
    expect(isOutdated(reason)).toBe(false)
    expect(pictureReason({ ...live, changedAt: now - 1_000 })).toEqual({ name: 'live' })
  })
})
