import * as fc from 'fast-check'
import { decode } from 'jpeg-js'
import { afterAll, describe, expect, test } from 'vitest'
import { JpegLumaReader } from '../../../server/drivers/pikvm/jpeg-luma.ts'
import { createPictureWatch } from '../../../server/drivers/pikvm/picture-change.ts'
import { ManualClock } from '../../../server/sim/machine/clock.ts'
import { SimMachine } from '../../../server/sim/machine/machine.ts'
import type { ScreenMotion } from '../../../server/sim/machine/machine-types.ts'
import { FrameEncoder } from '../../../server/sim/video/frame-encoder.ts'
import { pictureOf } from '../../../server/sim/video/picture.ts'

const encoder = new FrameEncoder()
afterAll(() => encoder.close())

/** A machine at its login prompt, with a way to take its picture. */
function running(motion: Partial<ScreenMotion> = {}) {
  const clock = new ManualClock()
  const machine = new SimMachine({ name: 'host', clock, bootMs: 2_000, motion })
  clock.advance(10_000)
  const shoot = (maxWidth = 4_000) => encoder.encode(pictureOf(machine), 80, { maxWidth, maxHeight: 4_000 })
  return { clock, machine, shoot }
}

/** What a watch says of a picture each second. */
async function judged(
  { clock, shoot }: ReturnType<typeof running>,
  seconds: number,
  maxWidth?: number,
  watch = createPictureWatch(),
): Promise<Set<string>> {
  const said = new Set<string>()
  for (let second = 0; second < seconds; second += 1) {
    clock.advance(1_000)
    said.add(watch.compare('stream', await shoot(maxWidth), clock.nowMs()))
  }
  return said
}

describe('brightness of a JPEG', () => {
  test('is that of a whole decoder, to the rounding of its colours', async () => {
    const jpeg = await running().shoot()
    const grid = new JpegLumaReader().read(jpeg)
    const { width, height, data } = decode(jpeg, { useTArray: true })
    expect(grid).toMatchObject({ columns: Math.ceil(width / 8), rows: Math.ceil(height / 8) })
    const meanOf = (column: number, row: number): number => {
      let sum = 0
      for (let pixel = 0; pixel < 64; pixel += 1) {
        const at = ((row * 8 + Math.floor(pixel / 8)) * width + column * 8 + (pixel % 8)) * 4
        sum += 0.299 * (data[at] ?? 0) + 0.587 * (data[at + 1] ?? 0) + 0.114 * (data[at + 2] ?? 0)
      }
      return sum / 64
    }
    const differences = Array.from({ length: 20 * 120 }, (_, place) => {
      const [column, row] = [place % 120, Math.floor(place / 120)]
      return Math.abs(meanOf(column, row) - (grid?.values[row * (grid?.columns ?? 0) + column] ?? -99))
    })
    expect(Math.max(...differences)).toBeLessThan(5)
  })

  test('is nothing for what is damaged, cut or no JPEG, and never throws', async () => {
    const jpeg = await running().shoot(320)
    const reader = new JpegLumaReader()
    for (let length = 0; length < jpeg.length; length += 97) reader.read(jpeg.subarray(0, length))
    expect(reader.read(jpeg.subarray(0, jpeg.length / 2))).toBeNull()
    fc.assert(
      fc.property(fc.nat(jpeg.length - 1), fc.nat(255), (at, byte) => {
        const damaged = Buffer.from(jpeg)
        damaged[at] = byte
        const grid = reader.read(damaged)
        expect(grid === null || grid.values.length === grid.columns * grid.rows).toBe(true)
      }),
      { numRuns: 500 },
    )
    expect(reader.read(Buffer.from('not a picture at all'))).toBeNull()
  })
})

describe('picture watch', () => {
  test('a still picture does not change', async () => {
    expect(await judged(running(), 5)).toEqual(new Set(['none']))
  })

  test('noise is no change', async () => {
    expect(await judged(running({ noise: true }), 8)).toEqual(new Set(['none']))
  })

  test.each([
    ['a blinking cursor', { cursorBlinks: true }, undefined],
    ['a clock', { showsClock: true }, undefined],
    ['all of them', { cursorBlinks: true, showsClock: true, noise: true }, undefined],
    ['a clock on a small still', { cursorBlinks: true, showsClock: true }, 640],
  ])('%s is a small change, for however long', async (_name, motion, maxWidth) => {
    const said = await judged(running(motion), 30, maxWidth)
    expect(said).toContain('small')
    expect(said).not.toContain('whole')
  })

  test('text that scrolls, another mode and a line after line are whole changes', async () => {
    const world = running()
    const watch = createPictureWatch()
    await judged(world, 2, undefined, watch)
    world.machine.screen.write('a page of text\n'.repeat(30))
    expect(await judged(world, 1, undefined, watch)).toEqual(new Set(['whole']))
    expect(await judged(world, 2, undefined, watch)).toEqual(new Set(['none']))
    world.machine.screen.reset('720x400', true)
    expect(await judged(world, 1, undefined, watch)).toEqual(new Set(['whole']))
    const said: string[] = []
    for (let line = 0; line < 12; line += 1) {
      world.machine.screen.write('[ OK ] one\n')
      said.push(...(await judged(world, 1, undefined, watch)))
    }
    expect(said).toContain('small')
    expect(said).toContain('whole')
  })

  test('looks at a moving picture now and then, and not at each frame', async () => {
    const { machine, shoot } = running()
    const watch = createPictureWatch()
    watch.compare('stream', await shoot(), 0)
    machine.screen.write('a page of text\n'.repeat(30))
    expect(watch.compare('stream', await shoot(), 100)).toBe('none')
    expect(watch.compare('stream', await shoot(), 1_000)).toBe('whole')
  })

  test('what is no picture counts as changed when its bytes do', () => {
    const watch = createPictureWatch()
    const seen = ['a', 'a', 'b', 'b'].map((text, second) =>
      watch.compare('stream', Buffer.from(text), second * 1_000),
    )
    expect(seen).toEqual(['none', 'none', 'whole', 'none'])
  })

  test('sources are not compared with one another', () => {
    const watch = createPictureWatch()
    watch.compare('stream', Buffer.from('a'), 0)
    expect(watch.compare('still 320', Buffer.from('b'), 1_000)).toBe('none')
  })
})
