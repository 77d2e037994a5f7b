import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodePictureHeader, type PictureHeader } from '../../server/contract/picture-header.ts'
import type { PictureQuality } from '../../server/contract/screen.ts'
import { ManualTimers } from './manual-timers.ts'
import { oneKvm, Watcher } from './rig.ts'

function setUp() {
  const timers = new ManualTimers()
  const { kvm, machine } = oneKvm()
  kvm.set({ reachable: { value: true, observedAt: timers.now(), since: 0 } })
  const consoles = machine.consoles(timers)
  const open = (name: string, quality: PictureQuality = 'auto', h264 = true): Watcher => {
    const watcher = new Watcher().open(consoles, name)
    watcher.say({ type: 'view', quality, h264 })
    return watcher
  }
  const unit = (isKey: boolean, size = 1_000, generation = 1): void =>
    kvm.video.h264.emit({ reachedAt: timers.now(), isKey, generation, bytes: Buffer.alloc(size, 1) })
  const jpeg = (size = 10_000, fill = timers.now() % 251): void =>
    kvm.video.emit({ reachedAt: timers.now(), bytes: Buffer.alloc(size, fill) })
  return { timers, kvm, h264: kvm.video.h264, consoles, open, unit, jpeg }
}
const headers = (watcher: Watcher): PictureHeader[] =>
  watcher.pictures.flatMap((picture) => decodePictureHeader(picture) ?? [])
const kinds = (watcher: Watcher): string =>
  headers(watcher)
    .map(({ kind, isKey }) => (kind === 'h264' ? (isKey ? 'K' : 'd') : kind === 'jpeg' ? 'J' : '='))
    .join('')

describe('H.264 to viewers', () => {
  it('comes from one subscription, and nothing else is streamed', () => {
    const { open, unit, h264, kvm } = setUp()
    const [ann, bob] = [open('ann'), open('bob')]
    unit(true)
    unit(false)
    expect(h264.subscribers.size).toBe(1)
    expect(kvm.video.subscribers.size).toBe(0)
    expect([kinds(ann), kinds(bob)]).toEqual(['Kd', 'Kd'])
    expect(headers(ann)[0]).toMatchObject({ codec: 'avc1.42c028', generation: 1, width: 1280 })
    expect(ann.last('form')?.form).toBe('h264')
    ann.attachment?.detach()
    bob.attachment?.detach()
    expect(h264.subscribers.size).toBe(0)
  })

  it('begins for a newcomer with the next key frame, and disturbs nobody before', () => {
    const { open, unit, h264 } = setUp()
    const ann = open('ann')
    unit(true)
    const bob = open('bob')
    unit(false)
    expect([kinds(ann), kinds(bob)]).toEqual(['Kd', ''])
    expect(h264.keyFrameRequests).toBeGreaterThan(0)
    unit(true)
    unit(false)
    expect([kinds(ann), kinds(bob)]).toEqual(['KdKd', 'Kd'])
  })

  it('stops for one that falls behind until the next key frame, and goes on for the others', () => {
    const { timers, open, unit, h264 } = setUp()
    const [slow, well] = [open('slow'), open('well')]
    for (const each of [slow, well]) each.attachment?.probed()
    unit(true, 60_000)
    for (let count = 0; count < 40; count += 1) {
      timers.advance(33)
      well.acknowledgeAll()
      unit(false, 8_000)
    }
    const seen = kinds(slow)
    expect(kinds(well)).toBe(`K${'d'.repeat(40)}`)
    expect(seen.length).toBeLessThan(20)
    const asked = h264.keyFrameRequests
    timers.advance(1_000)
    expect(h264.keyFrameRequests).toBe(asked)
    slow.acknowledgeAll()
    expect(h264.keyFrameRequests).toBe(asked + 1)
    unit(false)
    expect(kinds(slow)).toBe(seen)
    unit(true)
    unit(false)
    expect(kinds(slow)).toBe(`${seen}Kd`)
  })

  it('never leaves one out, however acknowledgements and pauses fall', () => {
    const step = fc.oneof(
      fc.record({ type: fc.constant('unit' as const), size: fc.integer({ min: 100, max: 60_000 }) }),
      fc.record({ type: fc.constant('key' as const) }),
      fc.record({ type: fc.constant('ack' as const) }),
      fc.record({ type: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 2_000 }) }),
      fc.record({ type: fc.constant('pause' as const), paused: fc.boolean() }),
      fc.record({ type: fc.constant('restart' as const) }),
    )
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: 150, size: 'max' }), (steps) => {
        const { timers, open, unit } = setUp()
        const viewer = open('ann', 'sharp')
        /** Sequence of each unit's reference; a key frame has none. */
        const followers = new Set<number>()
        let sequence = 0
        const offer = (isKey: boolean, size: number): void => {
          unit(isKey, size)
          sequence += 1
          if (!isKey) followers.add(sequence)
        }
        offer(true, 30_000)
        for (const each of steps) {
          if (each.type === 'unit') offer(false, each.size)
          else if (each.type === 'key') offer(true, 30_000)
          else if (each.type === 'ack') viewer.acknowledgeAll()
          else if (each.type === 'wait') timers.advance(each.ms)
          else if (each.type === 'pause') viewer.say({ type: 'pause', paused: each.paused })
          else viewer.say({ type: 'keyFrame' })
        }
        let before = -1
        for (const { kind, isKey, sequence: own } of headers(viewer)) {
          if (kind !== 'h264') continue
          expect(isKey || before === own - 1).toBe(true)
          before = own
        }
      }),
      { numRuns: 200 },
    )
  })

  it('gives way to JPEG after two misses, without a gap in time, and comes back', () => {
    const { timers, open, unit, jpeg, h264, kvm } = setUp()
    const slow = open('slow')
    const flood = (): void => {
      unit(true, 60_000)
      for (let count = 0; count < 60 && slow.last('form')?.form === 'h264'; count += 1) {
        timers.advance(33)
        unit(false, 20_000)
      }
      slow.acknowledgeAll()
    }
    flood()
    flood()
    expect(slow.last('form')?.form).toBe('jpeg')
    expect(h264.subscribers.size).toBe(0)
    expect(kvm.video.subscribers.size).toBe(1)
    for (let second = 0; second < 60 && slow.last('form')?.form === 'jpeg'; second += 1) {
      jpeg(5_000)
      slow.acknowledgeAll()
      timers.advance(1_000)
    }
    expect(slow.last('form')?.form).toBe('h264')
    jpeg(5_000)
    slow.acknowledgeAll()
    expect(kvm.video.subscribers.size).toBe(1)
    unit(true)
    expect(kvm.video.subscribers.size).toBe(0)
    expect(kinds(slow)).toMatch(/J+K$/)
  })

  it('is JPEG where the device has none, and is asked for again where it has none just now', () => {
    const { timers, open, h264, kvm } = setUp()
    const ann = open('ann')
    h264.end('unavailable')
    expect(ann.last('form')?.form).toBe('jpeg')
    expect(kvm.video.subscribers.size).toBe(1)
    ann.attachment?.probed()
    timers.advance(20_000)
    ann.attachment?.probed()
    timers.advance(11_000)
    expect(ann.last('form')?.form).toBe('h264')
    h264.end('notOffered')
    ann.attachment?.probed()
    timers.advance(20_000)
    ann.attachment?.probed()
    timers.advance(20_000)
    expect(ann.last('form')?.form).toBe('jpeg')
  })

  it('looks at a still now and then, so that a change is noticed although only H.264 is read', () => {
    const { timers, open, unit, kvm } = setUp()
    const ann = open('ann')
    unit(true)
    timers.advance(10_000)
    expect(kvm.video.stills.length).toBeGreaterThan(0)
    ann.attachment?.detach()
    const taken = kvm.video.stills.length
    timers.advance(10_000)
    expect(kvm.video.stills.length).toBe(taken)
  })
})

describe('light pictures', () => {
  it('are scaled stills, one a second, with the streamer kept awake and no stream read', async () => {
    const { timers, kvm, open } = setUp()
    let count = 0
    const still = (size: number) => ({
      bytes: Buffer.alloc(size, count++),
      width: 640,
      height: 360,
      online: true,
      reachedAt: timers.now(),
    })
    kvm.video.nextStill = still(9_000)
    const ann = open('ann', 'light')
    const second = async (size: number): Promise<void> => {
      kvm.video.nextStill = still(size)
      timers.advance(1_000)
      await Promise.resolve()
      await Promise.resolve()
      ann.acknowledgeAll()
    }
    for (let count = 0; count < 6; count += 1) await second(20_000)
    expect(kvm.video.subscribers.size).toBe(0)
    expect(kvm.video.awake).toBe(1)
    expect(kinds(ann).length).toBeGreaterThanOrEqual(6)
    const widths = kvm.video.stills.map(({ maxWidth }) => maxWidth)
    expect(widths.at(-1)).toBeLessThan(widths[0] ?? 0)
    ann.say({ type: 'view', quality: 'auto', h264: false })
    expect(kvm.video.awake).toBe(1)
    kvm.video.emit({ reachedAt: timers.now() })
    expect(kvm.video.awake).toBe(0)
  })

  it('of a picture that stays the same cost a few bytes, with their own time', async () => {
    const { timers, kvm, open } = setUp()
    kvm.video.nextStill = {
      bytes: Buffer.alloc(9_000, 7),
      width: 640,
      height: 360,
      online: true,
      reachedAt: 5,
    }
    const ann = open('ann', 'light')
    for (let second = 0; second < 5; second += 1) {
      await Promise.resolve()
      await Promise.resolve()
      ann.acknowledgeAll()
      timers.advance(1_000)
    }
    expect(kinds(ann)).toMatch(/^J=+$/)
    expect(ann.pictures.at(-1)?.byteLength).toBe(32)
  })
})

it('gives JPEG to a viewer that never says what it wants', () => {
  const { timers, kvm, consoles } = setUp()
  const ann = new Watcher().open(consoles, 'ann', undefined, { isSilent: true })
  timers.advance(500)
  kvm.video.emit({ reachedAt: timers.now() })
  expect(kinds(ann)).toBe('J')
})
