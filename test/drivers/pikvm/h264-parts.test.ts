import { readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { nalType, nalUnits, payloadStart } from '../../../server/drivers/pikvm/annex-b.ts'
import { parseSps } from '../../../server/drivers/pikvm/h264-sps.ts'
import { createUnitReader } from '../../../server/drivers/pikvm/h264-units.ts'
import { createKeyFrameRequests } from '../../../server/drivers/pikvm/key-frame-requests.ts'
import { createLease } from '../../../server/drivers/pikvm/lease.ts'
import { parameterSets } from '../../../server/sim/video/h264-headers.ts'

/** Messages of a real kvmd's media socket: key flag and access unit. */
function recorded(): { isKey: boolean; unit: Buffer }[] {
  const file = readFileSync(new URL('../../fixtures/pikvm/media-h264-head.bin', import.meta.url))
  const messages: { isKey: boolean; unit: Buffer }[] = []
  for (let at = 0; at < file.length;) {
    const length = file.readUInt32BE(at + 4)
    const message = file.subarray(at + 8, at + 8 + length)
    messages.push({ isKey: message[1] === 1, unit: message.subarray(2) })
    at += 8 + length
  }
  return messages
}

const bytes = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex')
/** SPS of the recording: 1280×720, constrained baseline 4.0, with emulation prevention in its last part. */
const recordedSps = bytes('6742c028da014016e840000003004000000f23c60ca8')

describe('Annex B', () => {
  test('is split at start codes of three and four bytes, without the zeros between', () => {
    const units = nalUnits(bytes('00000001 67aabb 00 000001 68cc 000000 000001 6511 00'))
    expect(units?.map((unit) => unit.toString('hex'))).toEqual(['67aabb', '68cc', '6511'])
  })

  test.each([
    ['nothing', ''],
    ['no start code', '6742c028'],
    ['something before the first start code', '01 000001 67aa'],
    ['an empty unit', '000001 000001 67aa'],
    ['a start code alone', '00000001'],
    ['the forbidden bit', '000001 e7aa'],
  ])('is refused with %s', (_, hex) => {
    expect(nalUnits(bytes(hex))).toBeNull()
  })

  test('is refused with more units than a picture can have', () => {
    const many = Buffer.concat(Array.from({ length: 129 }, () => bytes('000001 0980')))
    expect(nalUnits(many)).toBeNull()
    expect(nalUnits(many.subarray(5))).toHaveLength(128)
  })

  test('loses its emulation prevention in a payload, of which no more is read than asked for', () => {
    expect(payloadStart(bytes('67 000003 01 000003 000003 02'), 99).toString('hex')).toBe('0000010000000002')
    expect(payloadStart(bytes('67 000003 01 02 03'), 3).toString('hex')).toBe('000001')
  })

  test('is found whatever lies in it', () => {
    const unit = fc
      .uint8Array({ minLength: 1, maxLength: 40 })
      .map((payload) => Buffer.from([0x61, ...payload.map((byte) => byte | 1)]))
    fc.assert(
      fc.property(fc.array(unit, { minLength: 1, maxLength: 8 }), (list) => {
        const stream = Buffer.concat(list.flatMap((one) => [bytes('00000001'), one]))
        expect(nalUnits(stream)?.map((one) => one.toString('hex'))).toEqual(
          list.map((one) => one.toString('hex')),
        )
      }),
    )
  })
})

describe('a sequence parameter set', () => {
  test('of a real device says codec, size and counting', () => {
    expect(parseSps(recordedSps)).toMatchObject({
      codec: 'avc1.42c028',
      width: 1280,
      height: 720,
      allowsGaps: false,
      isInterlaced: false,
    })
  })

  test.each([
    [720, 400],
    [1024, 768],
    [1366, 768],
    [1920, 1080],
    [640, 480],
  ])('says %i×%i where cropping says so', (width, height) => {
    const [unit] = parameterSets(width, height, 26)
    expect(parseSps(Buffer.from(unit!.subarray(4)))).toMatchObject({ width, height, frameNumBits: 8 })
  })

  test('of a high profile is read past its chroma fields', () => {
    // High, 4.0, made by x264 for 1280×720 in 4:2:0.
    const high = bytes('67640028acd9405005bb011000000300100000030320f1831960')
    expect(parseSps(high)).toMatchObject({ codec: 'avc1.640028', width: 1280, height: 720 })
  })

  test('that is cut anywhere before its size ends is none', () => {
    for (let length = 0; length < 9; length++) expect(parseSps(recordedSps.subarray(0, length))).toBeNull()
  })

  test('of an impossible size is none', () => {
    const sizes = [
      [4_112, 16],
      [16, 4_112],
      [4_096, 2_176],
    ] as const
    for (const [width, height] of sizes) {
      const [unit] = parameterSets(width, height, 26)
      expect(parseSps(Buffer.from(unit!.subarray(4)))).toBeNull()
    }
  })

  test('made of anything is read to the end, to a sound size or to none', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (payload) => {
        const sps = parseSps(Buffer.from([0x67, ...payload]))
        if (sps === null) return
        expect(sps.width).toBeGreaterThan(0)
        expect(sps.width).toBeLessThanOrEqual(4096)
        expect(sps.height).toBeGreaterThan(0)
        expect(sps.height).toBeLessThanOrEqual(4096)
        expect(sps.codec).toMatch(/^avc1\.[0-9a-f]{6}$/)
      }),
      { numRuns: 2000 },
    )
  })
})

describe('the units of a stream', () => {
  test('of a real device are all read, with the key frames that it marked', () => {
    const reader = createUnitReader()
    const messages = recorded()
    const readings = messages.map(({ unit }) => reader.read(unit))
    expect(readings.map(({ name }) => name)).toEqual(messages.map(() => 'unit'))
    expect(readings.map((reading) => reading.name === 'unit' && reading.isKey)).toEqual(
      messages.map(({ isKey }) => isKey),
    )
    expect(messages.filter(({ isKey }) => isKey).length).toBeGreaterThan(1)
  })

  test('that refer to one that never came are lost, until a key frame', () => {
    const reader = createUnitReader()
    const messages = recorded()
    const key = messages.findLastIndex(({ isKey }) => isKey)
    const [first, , third, fourth] = messages.slice(key)
    expect(reader.read(first!.unit).name).toBe('unit')
    expect(reader.read(third!.unit).name).toBe('lost')
    expect(reader.read(fourth!.unit).name).toBe('lost')
    expect(reader.read(first!.unit).name).toBe('unit')
  })

  test('before a key frame are lost', () => {
    const reader = createUnitReader()
    expect(reader.read(recorded()[1]!.unit).name).toBe('lost')
  })

  test('whose parameter sets came before them get them back in front', () => {
    const reader = createUnitReader()
    const whole = recorded()[0]!.unit
    const [sps, pps, idr] = nalUnits(whole)!
    const marked = (unit: Buffer) => Buffer.concat([bytes('00000001'), unit])
    expect(reader.read(Buffer.concat([marked(sps!), marked(pps!)])).name).toBe('nothing')
    const reading = reader.read(marked(idr!))
    expect(reading.name === 'unit' && nalUnits(reading.bytes)?.map(nalType)).toEqual([7, 8, 5])
  })

  test('with other parameter sets need a key frame', () => {
    const reader = createUnitReader()
    const [first, second] = recorded()
    expect(reader.read(first!.unit).name).toBe('unit')
    const [other] = parameterSets(720, 400, 26)
    expect(reader.read(Buffer.from(other!)).name).toBe('nothing')
    expect(reader.read(second!.unit).name).toBe('lost')
  })

  test('cut at any byte are a unit or lost, and never make the reader fail', () => {
    const { unit } = recorded()[0]!
    for (let length = 0; length < unit.length; length += length < 100 ? 1 : 97) {
      const reading = createUnitReader().read(unit.subarray(0, length))
      expect(['unit', 'lost', 'nothing']).toContain(reading.name)
      if (length < 20) expect(reading.name).not.toBe('unit')
    }
  })

  test('with any byte changed never make the reader fail', () => {
    const { unit } = recorded()[0]!
    fc.assert(
      fc.property(fc.nat(unit.length - 1), fc.nat(255), (at, value) => {
        const changed = Buffer.from(unit.subarray(0, 200))
        changed[at % 200] = value
        const reading = createUnitReader().read(changed)
        expect(['unit', 'lost', 'nothing']).toContain(reading.name)
      }),
    )
  })
})

describe('requests for key frames', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  function asked() {
    const requests = createKeyFrameRequests(2000)
    const at: number[] = []
    const begin = performance.now()
    requests.attach(() => void at.push(Math.round((performance.now() - begin) / 10) * 10))
    return { requests, at }
  }

  test('of many viewers at once are one', () => {
    const { requests, at } = asked()
    requests.arrived()
    for (let viewer = 0; viewer < 50; viewer++) requests.want()
    requests.arrived()
    vi.advanceTimersByTime(10_000)
    expect(at).toEqual([0])
  })

  test('are at most one in two seconds, and the last wish is not forgotten', () => {
    const { requests, at } = asked()
    requests.arrived()
    for (let step = 0; step < 50; step++) {
      requests.want()
      vi.advanceTimersByTime(50)
      requests.arrived()
      vi.advanceTimersByTime(50)
      requests.want()
    }
    vi.advanceTimersByTime(1000)
    requests.arrived()
    vi.advanceTimersByTime(5000)
    expect(at.slice(0, 3)).toEqual([0, 2000, 4000])
    expect(at.length).toBeLessThanOrEqual(4)
  })

  test('that bring nothing are repeated', () => {
    const { requests, at } = asked()
    requests.arrived()
    requests.want()
    vi.advanceTimersByTime(4500)
    expect(at).toEqual([0, 2000, 4000])
  })

  test('wait for the key frame with which an upstream begins, and are not sent without an upstream', () => {
    const { requests, at } = asked()
    requests.want()
    vi.advanceTimersByTime(500)
    requests.arrived()
    vi.advanceTimersByTime(5000)
    expect(at).toEqual([])
    requests.attach(null)
    requests.want()
    vi.advanceTimersByTime(5000)
    expect(at).toEqual([])
  })
})

describe('a lease', () => {
  function counted(lingerMs: number) {
    const runs: AbortSignal[] = []
    const done: (() => void)[] = []
    const lease = createLease({
      lingerMs,
      run: (signal) =>
        new Promise((resolve) => {
          runs.push(signal)
          done.push(resolve)
          signal.addEventListener('abort', () => resolve(), { once: true })
        }),
    })
    return { lease, runs, done }
  }
  const turn = () => new Promise((resolve) => setImmediate(resolve))

  test('runs once for all who take it, and ends with the last', async () => {
    const { lease, runs } = counted(0)
    lease.take()
    lease.take()
    await turn()
    expect(runs).toHaveLength(1)
    lease.leave()
    expect(runs[0]?.aborted).toBe(true)
    await lease.close()
  })

  test('that is taken again right after its end runs anew', async () => {
    const { lease, runs } = counted(0)
    lease.take()
    await turn()
    lease.leave()
    lease.take()
    await turn()
    expect(runs.map(({ aborted }) => aborted)).toEqual([true, false])
    await lease.close()
  })

  test('whose run is done runs again only while it is taken', async () => {
    const { lease, runs, done } = counted(10_000)
    lease.take()
    await turn()
    done[0]!()
    await turn()
    expect(runs).toHaveLength(2)
    lease.leave()
    done[1]!()
    await turn()
    expect(runs).toHaveLength(2)
    lease.take()
    await turn()
    expect(runs).toHaveLength(3)
    await lease.close()
    expect(runs[2]?.aborted).toBe(true)
  })
})
