import { describe, expect, it } from 'vitest'
import { decodePictureHeader, pictureHeaderBytes } from '../../server/contract/picture-header.ts'
import type { PictureQuality } from '../../server/contract/screen.ts'
import { scaledClock } from '../../server/sim/machine/clock.ts'
import { SimMachine } from '../../server/sim/machine/machine.ts'
import { startSimPikvm } from '../../server/sim/pikvm/pikvm.ts'
import { accessTo, afterThisTest, online, until } from '../drivers/pikvm/rig.ts'
import { decodeWithFfmpeg } from '../sim/video/h264-referee.ts'
import { OneMachine, Watcher } from './rig.ts'

type Shown = { kind: string; isKey: boolean; generation: number; sequence: number; width: number; at: number }

/** A browser that acknowledges what it gets at `bytesPerMs`, and remembers when each picture was there. */
class Receiver {
  readonly watcher: Watcher
  readonly shown: Shown[] = []
  #acknowledged = 0
  #taken = 0
  #budget = 0

  constructor(watcher: Watcher, bytesPerMs = Number.POSITIVE_INFINITY) {
    this.watcher = watcher
    const everyMs = 10
    const timer = setInterval(() => this.#take(bytesPerMs * everyMs), everyMs)
    afterThisTest(async () => clearInterval(timer))
  }

  /** Everything that was sent has arrived. */
  get isIdle(): boolean {
    return this.#taken === this.watcher.pictures.length
  }

  get form(): string | undefined {
    return this.watcher.last('form')?.form
  }

  /** Units as they were received, by generation. */
  get streams(): Map<number, Buffer[]> {
    const streams = new Map<number, Buffer[]>()
    for (const message of this.watcher.pictures.slice(0, this.#taken)) {
      const header = decodePictureHeader(message)
      if (header?.kind !== 'h264') continue
      const units = streams.get(header.generation) ?? []
      streams.set(header.generation, [...units, Buffer.from(message.subarray(pictureHeaderBytes))])
    }
    return streams
  }

  #take(bytes: number): void {
    this.watcher.attachment?.probed()
    this.#budget = Math.min(this.#budget + bytes, 200_000)
    for (;;) {
      const message = this.watcher.pictures[this.#taken]
      if (message === undefined || message.byteLength > this.#budget) return
      this.#budget -= message.byteLength
      this.#taken += 1
      this.#acknowledged += message.byteLength
      const header = decodePictureHeader(message)
      if (header !== null) this.shown.push({ ...header, at: Date.now() })
      this.watcher.say({ type: 'ack', bytes: this.#acknowledged })
    }
  }
}

async function setUp(speed = 10) {
  const machine = new SimMachine({
    name: 'host',
    clock: scaledClock(speed),
    bootMs: 2_000,
    motion: { cursorBlinks: true },
  })
  const pikvm = await startSimPikvm({ machine })
  afterThisTest(() => pikvm[Symbol.asyncDispose]())
  const { connection } = await online(await accessTo(pikvm))
  const inventory = new OneMachine(connection)
  const consoles = inventory.consoles()
  afterThisTest(async () => consoles.close())
  const open = (name: string, quality: PictureQuality = 'auto', bytesPerMs?: number): Receiver => {
    const watcher = new Watcher().open(consoles, name, undefined, { isSilent: true })
    watcher.say({ type: 'view', quality, h264: true })
    return new Receiver(watcher, bytesPerMs)
  }
  return { machine, pikvm, open }
}

const units = (receiver: Receiver): Shown[] => receiver.shown.filter(({ kind }) => kind === 'h264')
const deltas = (receiver: Receiver): number => units(receiver).filter(({ isKey }) => !isKey).length

/** Sequence numbers count all forms; of H.264 alone they are consecutive from each key frame on. */
function brokenReferences(receiver: Receiver, all: ReadonlySet<number>): number[] {
  const order = [...all].toSorted((a, b) => a - b)
  const place = new Map(order.map((sequence, index) => [sequence, index]))
  let before = -2
  return units(receiver).flatMap(({ sequence, isKey }) => {
    const own = place.get(sequence) ?? -1
    const isBroken = !isKey && own !== before + 1
    before = own
    return isBroken ? [sequence] : []
  })
}

/** What ffmpeg says of everything that a viewer received; empty when each unit became a picture. */
async function complaintsAbout(receiver: Receiver): Promise<string> {
  let complaints = ''
  for (const [generation, stream] of receiver.streams) {
    const { width } = units(receiver).find((unit) => unit.generation === generation) ?? { width: 0 }
    const height = receiver.watcher.pictures
      .map((message) => decodePictureHeader(message))
      .find((header) => header?.generation === generation)?.height
    const decoded = await decodeWithFfmpeg(Buffer.concat(stream), { width, height: height ?? 0 })
    complaints += decoded.complaints
    if (decoded.pictures.length !== stream.length)
      complaints += `${decoded.pictures.length} of ${stream.length} pictures`
  }
  return complaints
}

describe('H.264 from a PiKVM to viewers', () => {
  it('can be decoded whole by everybody, the slow and the late too', async () => {
    const { machine, open } = await setUp()
    const quick = open('quick')
    await until(() => deltas(quick) > 10, 'a moving picture')
    const [slow, late] = [open('slow', 'sharp', 60), open('late')]
    for (let page = 0; page < 8; page += 1) {
      machine.screen.write(`${page} a page of text that scrolls\n`.repeat(30))
      const before = deltas(quick)
      await until(() => deltas(quick) > before + 8, 'more pictures')
    }
    await until(() => deltas(late) > 10, 'pictures of the late one')
    for (const receiver of [quick, slow, late]) receiver.watcher.attachment?.detach()
    await until(() => [quick, slow, late].every((receiver) => receiver.isIdle), 'the last acknowledgements')
    const all = new Set(
      [quick, slow, late].flatMap((receiver) => units(receiver).map(({ sequence }) => sequence)),
    )
    for (const receiver of [quick, slow, late]) {
      expect(units(receiver).length).toBeGreaterThan(0)
      expect(brokenReferences(receiver, all)).toEqual([])
      expect(await complaintsAbout(receiver)).toBe('')
    }
    expect(units(slow).length).toBeLessThan(units(quick).length)
  }, 60_000)

  it('costs two key frames when fifty join at once, not fifty', async () => {
    const { open, pikvm } = await setUp()
    const first = open('first')
    await until(() => deltas(first) > 10, 'a moving picture')
    const before = units(first).filter(({ isKey }) => isKey).length
    const crowd = Array.from({ length: 50 }, (_, index) => open(`viewer ${index}`))
    await until(() => crowd.every((receiver) => deltas(receiver) > 5), 'a picture for each')
    const keys = units(first).filter(({ isKey }) => isKey).length - before
    expect(keys).toBeGreaterThan(0)
    expect(keys).toBeLessThanOrEqual(3)
    expect(pikvm.requests.filter(({ path }) => path === '/api/media/ws')).toHaveLength(1)
  }, 30_000)

  it.each<[string, (world: Awaited<ReturnType<typeof setUp>>) => Promise<void> | void, number]>([
    ['another resolution', ({ machine }) => machine.screen.reset('720x400', true), 720],
    [
      'a lost signal that comes back',
      async ({ machine }) => {
        machine.setMains(false)
        await new Promise((resolve) => setTimeout(resolve, 1_500))
        machine.setMains(true)
      },
      1024,
    ],
    ['a restarted daemon', ({ pikvm }) => pikvm.restartKvmd(500), 1024],
    ['a daemon that was away for longer', ({ pikvm }) => pikvm.restartKvmd(6_000), 1024],
    ['a streamer that starts again', ({ pikvm }) => pikvm.kvmd?.streamer.restart(), 1024],
  ])(
    'is back by itself within 3 s of the source after %s',
    async (_name, happen, width) => {
      const world = await setUp()
      const ann = world.open('ann')
      await until(() => deltas(ann) > 10, 'a moving picture')
      const from = ann.shown.length
      await happen(world)
      const { machine } = world
      // The machine's own signal: a streamer that waits for Crashcart is Crashcart's to wake.
      await until(() => machine.video.online && machine.video.width === width, 'the source')
      const sourceAt = Date.now()
      const isBack = () =>
        ann.shown.slice(from).some((unit) => !unit.isKey && unit.width === width && unit.at >= sourceAt)
      await until(isBack, 'the picture', 6_000)
      expect(Date.now() - sourceAt).toBeLessThan(3_000)
      await until(() => ann.watcher.last('picture')?.state === 'live', 'the state live')
      expect(ann.form).toBe('h264')
      expect(await complaintsAbout(ann)).toBe('')
    },
    30_000,
  )

  it('is JPEG, then scaled, for a link that carries no more, and the others keep theirs', async () => {
    const { machine, open } = await setUp()
    const [quick, slow] = [open('quick'), open('slow', 'auto', 8)]
    await until(() => deltas(quick) > 10, 'a moving picture')
    let line = 0
    const scroll = setInterval(
      () => machine.screen.write(`${(line += 1)} text and more text\n`.repeat(25)),
      100,
    )
    afterThisTest(async () => clearInterval(scroll))
    await until(() => slow.form === 'stills', 'stills', 45_000)
    await until(() => slow.shown.at(-1)?.kind === 'jpeg', 'a still', 20_000)
    expect(quick.form).toBe('h264')
    expect(await complaintsAbout(quick)).toBe('')
  }, 70_000)
})

describe('light pictures from a PiKVM', () => {
  it('of a changing text console cost at most 15 KB a second, at about one a second', async () => {
    const { machine, open, pikvm } = await setUp()
    const ann = open('ann', 'light')
    let line = 0
    const scroll = setInterval(
      () => machine.screen.write(`[${(line += 1)}] one more line of a console\n`),
      200,
    )
    afterThisTest(async () => clearInterval(scroll))
    await until(() => ann.shown.length >= 4, 'the first stills', 12_000)
    const from = ann.shown.length
    const startAt = Date.now()
    const sizeOf = () => ann.watcher.pictures.reduce((sum, { byteLength }) => sum + byteLength, 0)
    const before = sizeOf()
    await until(() => ann.shown.length >= from + 6, 'six more', 12_000)
    const seconds = (Date.now() - startAt) / 1_000
    expect((sizeOf() - before) / seconds).toBeLessThan(15_000)
    expect(6 / seconds).toBeGreaterThan(0.7)
    expect(ann.shown.slice(from).every(({ kind }) => kind === 'jpeg')).toBe(true)
    expect(pikvm.requests.some(({ path }) => path === '/streamer/stream')).toBe(false)
  }, 40_000)
})
