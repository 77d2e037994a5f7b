import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  encodePictureHeader,
  pictureHeaderBytes,
  type PictureHeader,
} from '../../../server/contract/picture-header.ts'
import { PicturePainter } from '../../../web/features/screen/picture-painter.ts'

type Chunk = { type: string; timestamp: number }
type Frame = {
  timestamp: number
  displayWidth: number
  displayHeight: number
  isClosed: boolean
  close(): void
}

/** A browser's decoder that shows each unit at once, and refuses what a real one refuses. */
class FakeDecoder {
  static readonly all: FakeDecoder[] = []
  static readonly frames: Frame[] = []
  state = 'unconfigured'
  decodeQueueSize = 0
  config: { codec: string } | null = null
  #needsKey = true
  readonly #callbacks: { output(frame: Frame): void; error(error: Error): void }

  constructor(callbacks: { output(frame: Frame): void; error(error: Error): void }) {
    this.#callbacks = callbacks
    FakeDecoder.all.push(this)
  }

  configure(config: { codec: string }): void {
    this.state = 'configured'
    this.config = config
  }

  decode({ type, timestamp }: Chunk): void {
    if (this.#needsKey && type !== 'key') throw new DOMException('a key frame is required', 'DataError')
    this.#needsKey = false
    const frame: Frame = {
      timestamp,
      displayWidth: 1280,
      displayHeight: 720,
      isClosed: false,
      close() {
        this.isClosed = true
      },
    }
    FakeDecoder.frames.push(frame)
    this.#callbacks.output(frame)
  }

  fail(name: string): void {
    this.state = 'closed'
    this.#callbacks.error(new DOMException('broken', name))
  }

  close(): void {
    this.state = 'closed'
  }
}

let bitmaps: { resolve(): void }[] = []
beforeEach(() => {
  vi.useFakeTimers()
  FakeDecoder.all.length = 0
  FakeDecoder.frames.length = 0
  bitmaps = []
  vi.stubGlobal('VideoDecoder', FakeDecoder)
  vi.stubGlobal('EncodedVideoChunk', function chunkOf(this: Chunk, chunk: Chunk) {
    Object.assign(this, chunk)
  })
  vi.stubGlobal('createImageBitmap', () => {
    const waiting = Promise.withResolvers<object>()
    bitmaps.push({ resolve: () => waiting.resolve({ width: 640, height: 360, close: () => undefined }) })
    return waiting.promise
  })
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

function setUp(isLive = true, nextFrame = (task: () => void) => task(), drawingMs = 0) {
  const drawn: PictureHeader[] = []
  const troubles: string[] = []
  const painter = new PicturePainter({
    drawn: (header) => drawn.push(header),
    trouble: (why) => troubles.push(why),
    isLive: () => isLive,
    nextFrame,
  })
  const canvas = {
    width: 0,
    height: 0,
    getContext: () => ({ drawImage: () => void vi.advanceTimersByTime(drawingMs) }),
  }
  painter.setCanvas(canvas as unknown as HTMLCanvasElement)
  let sequence = 0
  const offer = (kind: PictureHeader['kind'], isKey = true, generation = 1): void => {
    sequence += 1
    const message = new Uint8Array(pictureHeaderBytes + 4)
    const size = { width: 1280, height: 720 }
    const codec = kind === 'h264' ? 'avc1.42c028' : null
    encodePictureHeader(
      { version: 1, kind, isKey, codec, generation, sequence, ...size, reachedAt: sequence, payloadBytes: 4 },
      message,
    )
    painter.offer(message)
  }
  const sequences = (): number[] => drawn.map((header) => header.sequence)
  return { painter, drawn, troubles, offer, sequences }
}
const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve()
}

describe('JPEG', () => {
  it('passes over what came meanwhile for the newest', async () => {
    const { offer, sequences } = setUp()
    for (let count = 0; count < 3; count += 1) offer('jpeg')
    bitmaps[0]?.resolve()
    await settled()
    bitmaps[1]?.resolve()
    await settled()
    expect(sequences()).toEqual([1, 3])
  })

  it('that stays the same gets a new age, after it was drawn and never instead of it', async () => {
    const { offer, drawn } = setUp()
    offer('jpeg')
    offer('same')
    expect(drawn).toEqual([])
    bitmaps[0]?.resolve()
    await settled()
    offer('same')
    expect(drawn.map(({ reachedAt, width }) => [reachedAt, width])).toEqual([
      [1, 640],
      [2, 640],
      [3, 640],
    ])
  })
})

describe('drawing', () => {
  function byFrames(drawingMs = 0) {
    const tasks: (() => void)[] = []
    const parts = setUp(true, (task) => tasks.push(task), drawingMs)
    const frame = (): void => {
      vi.advanceTimersByTime(17)
      for (const task of tasks.splice(0)) task()
    }
    return { ...parts, frame }
  }

  it('waits for the browser’s next frame, and of several pictures before it only the last is drawn', () => {
    const { offer, sequences, frame } = byFrames()
    offer('h264', true)
    for (let count = 0; count < 3; count += 1) offer('h264', false)
    expect(sequences()).toEqual([])
    frame()
    frame()
    expect(sequences()).toEqual([4])
    expect(FakeDecoder.frames.every(({ isClosed }) => isClosed)).toBe(true)
  })

  it('that takes long gives way while fingers move the picture, and comes again when they rest', () => {
    const { painter, offer, sequences, frame } = byFrames(8)
    offer('h264', true)
    for (let count = 0; count < 60; count += 1) {
      painter.giveWay()
      offer('h264', false)
      frame()
    }
    // A second, and 8 ms are a twenty-fifth of 200.
    expect(sequences().length).toBeGreaterThanOrEqual(4)
    expect(sequences().length).toBeLessThanOrEqual(6)
    for (let count = 0; count < 10; count += 1) frame()
    expect(sequences().at(-1)).toBe(61)
    for (let count = 0; count < 10; count += 1) {
      offer('h264', false)
      frame()
    }
    expect(sequences().slice(-10)).toEqual(Array.from({ length: 10 }, (_, index) => 62 + index))
  })

  it('that takes no time goes on while fingers move the picture', () => {
    const { painter, offer, sequences, frame } = byFrames()
    offer('h264', true)
    for (let count = 0; count < 60; count += 1) {
      painter.giveWay()
      offer('h264', false)
      frame()
    }
    expect(sequences().length).toBeGreaterThan(55)
  })

  it('takes nothing over from another socket', async () => {
    const { painter, offer, sequences, frame } = byFrames()
    offer('jpeg')
    painter.restart()
    bitmaps[0]?.resolve()
    await settled()
    frame()
    expect(sequences()).toEqual([])
    offer('jpeg')
    bitmaps[1]?.resolve()
    await settled()
    frame()
    expect(sequences()).toEqual([2])
  })
})

describe('H.264', () => {
  it('is configured by its header, once a generation, and every frame is given back', () => {
    const { offer, sequences } = setUp()
    offer('h264', true)
    offer('h264', false)
    offer('h264', false)
    offer('h264', true, 2)
    offer('h264', false, 2)
    expect(FakeDecoder.all.map(({ config }) => config?.codec)).toEqual(['avc1.42c028', 'avc1.42c028'])
    expect(sequences()).toEqual([2, 3, 5])
    expect(FakeDecoder.frames.every(({ isClosed }) => isClosed)).toBe(true)
  })

  it('shows a key frame alone only while the machine has a picture: without a signal it is a placeholder', () => {
    const live = setUp(true)
    live.offer('h264', true)
    vi.advanceTimersByTime(2_000)
    expect(live.sequences()).toEqual([1])
    const dark = setUp(false)
    for (let second = 0; second < 5; second += 1) {
      dark.offer('h264', true)
      vi.advanceTimersByTime(1_000)
    }
    expect(dark.sequences()).toEqual([])
    expect(FakeDecoder.frames.filter(({ isClosed }) => !isClosed).length).toBeLessThanOrEqual(1)
  })

  it('says when the decoder lost its thread, and begins again with a key frame', () => {
    const { offer, sequences, troubles } = setUp()
    offer('h264', true)
    offer('h264', false)
    FakeDecoder.all[0]?.fail('EncodingError')
    expect(troubles).toEqual(['failed'])
    offer('h264', false)
    expect(troubles).toEqual(['failed'])
    offer('h264', true)
    offer('h264', false)
    expect(sequences()).toEqual([2, 5])
  })

  it('says what the browser cannot decode at all, and what it cannot decode in time', () => {
    const { offer, troubles } = setUp()
    offer('h264', true)
    FakeDecoder.all[0]?.fail('NotSupportedError')
    offer('h264', true)
    const [, second] = FakeDecoder.all
    if (second) second.decodeQueueSize = 100
    offer('h264', false)
    expect(troubles).toEqual(['unsupported', 'slow'])
  })
})
