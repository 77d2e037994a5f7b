import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import type { Principal } from '../../server/access/can.ts'
import { decodePictureHeader } from '../../server/contract/picture-header.ts'
import { PictureJoiner } from '../../server/contract/picture-parts.ts'
import type { PictureQuality } from '../../server/contract/screen.ts'
import type { Consoles } from '../../server/consoles/consoles.ts'
import { Receipts } from '../../web/features/screen/receipts.ts'
import type { FakeKvm } from '../consoles/fake-kvm.ts'
import { ManualTimers } from '../consoles/manual-timers.ts'
import { deviceId, oneKvm } from '../consoles/rig.ts'
import { NarrowLine } from './narrow-line.ts'
import { startScreenServer, type ScreenServer } from './screen-server.ts'

const crowd = 50
const frameBytes = 60_000
const stillBytes = 6_000
const frameEveryMs = 100
/** 64 kbit/s. */
const slowBytesPerFrame = 800
/** What is said beside the pictures, and the frames of the websocket. */
const wordsBytes = 6_000
const closedWithinMs = 30_000

let timers: ManualTimers
let kvm: FakeKvm
let consoles: Consoles
let server: ScreenServer
const viewers: Viewer[] = []

/** Whoever is called `slow7` is the person `slow`. */
function principalOf(path: string): Principal {
  const name = path.replace(/\d+$/, '')
  return { userId: name, name, role: 'viewer', sessionId: path, grants: new Map() }
}

/** A page on a line of its own, over a real connection; only the time is the test's. */
class Viewer {
  readonly path: string
  readonly line: NarrowLine
  readonly pictures: { sequence: number; ageMs: number }[] = []
  readonly #socket: WebSocket

  constructor(path: string, quality: PictureQuality) {
    this.path = path
    this.line = new NarrowLine(server.port)
    const url = `ws://127.0.0.1:${server.port}/${path}`
    this.#socket = new WebSocket(url, { perMessageDeflate: false, createConnection: () => this.line })
    this.#socket.on('open', () => this.#say({ type: 'view', quality, h264: false }))
    this.#listen()
    viewers.push(this)
  }

  /** What the server has for this viewer and the viewer has not: in its memory or the system's. */
  get queuedBytes(): number {
    return (server.lines.get(this.path)?.stream.bytesWritten ?? 0) - this.line.taken
  }

  /** What of it waits in the server's own memory. */
  get waitingBytes(): number {
    return server.lines.get(this.path)?.socket.bufferedAmount ?? 0
  }

  /** Whether the server still holds the connection. */
  get isConnected(): boolean {
    return server.lines.get(this.path)?.stream.destroyed === false
  }

  acknowledge(bytes: number): void {
    this.#say({ type: 'ack', bytes })
  }

  close(): void {
    this.#socket.terminate()
  }

  #listen(): void {
    const joiner = new PictureJoiner()
    const receipts = new Receipts()
    this.#socket.on('message', (data: Buffer, isBinary) => {
      if (!isBinary) return
      const picture = joiner.add(new Uint8Array(data))
      const acknowledged = receipts.add(data.length, picture !== null, timers.now())
      if (acknowledged !== null) this.acknowledge(acknowledged)
      const header = picture === null ? null : decodePictureHeader(picture)
      if (header === null) return
      this.pictures.push({ sequence: header.sequence, ageMs: timers.now() - header.reachedAt })
    })
    // `close` says enough.
    this.#socket.on('error', () => undefined)
  }

  #say(message: object): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message))
  }
}

function open(name: string, quality: PictureQuality, count = crowd): Viewer[] {
  return Array.from({ length: count }, (_, index) => new Viewer(`${name}${index}`, quality))
}

/** The next picture of the machine, unlike the one before, and its small form. */
function frame(fill: number): void {
  const at = { reachedAt: timers.now(), width: 1280, height: 720, online: true }
  kvm.video.nextStill = { ...at, bytes: Buffer.alloc(stillBytes, fill) }
  kvm.video.emit({ ...at, bytes: Buffer.alloc(frameBytes, fill) })
}

/** Everybody has seen the machine once. */
async function firstPictures(): Promise<void> {
  await vi.waitFor(() => expect(kvm.video.subscribers.size).toBe(1), { timeout: 10_000 })
  frame(0)
  for (const viewer of viewers) await has(viewer, 1)
  // What they say of it has to arrive before the test's clock goes on, or a quick link is taken for a long one.
  await new Promise((resolve) => setTimeout(resolve, 300))
}

const has = (viewer: Viewer, count: number): Promise<void> =>
  vi.waitFor(() => expect(viewer.pictures.length).toBeGreaterThanOrEqual(count), {
    interval: 1,
    timeout: 10_000,
  })

beforeEach(async () => {
  timers = new ManualTimers()
  const { kvm: fake, machine } = oneKvm()
  kvm = fake
  consoles = machine.consoles(timers)
  server = await startScreenServer(consoles, principalOf)
})
afterEach(async () => {
  consoles.close()
  for (const viewer of viewers.splice(0)) viewer.close()
  await server.close()
})

/** The machine draws on for `forMs`, all of which the healthy viewer gets; `each`: after every picture. */
async function draw(forMs: number, healthy: Viewer, each: () => void): Promise<void> {
  const before = healthy.pictures.length
  for (let count = 1; count * frameEveryMs <= forMs; count += 1) {
    frame(count % 256)
    timers.advance(frameEveryMs)
    each()
    await has(healthy, before + count)
  }
}

describe('a crowd at one screen', () => {
  it('of 50 at 64 kbit/s and 50 frozen costs a healthy viewer nothing, and little memory; the frozen are closed', async () => {
    const healthy = new Viewer('healthy', 'sharp')
    const [slow, frozen] = [open('slow', 'auto'), open('frozen', 'sharp')]
    await firstPictures()
    for (const viewer of frozen) viewer.line.allow(0)

    let most = 0
    await draw(closedWithinMs, healthy, () => {
      for (const viewer of slow) viewer.line.allow(slowBytesPerFrame)
      most = Math.max(most, ...[...slow, ...frozen].map((viewer) => viewer.queuedBytes))
    })

    const wanted = 1 + closedWithinMs / frameEveryMs
    expect(healthy.pictures).toHaveLength(wanted)
    expect(healthy.pictures.filter(({ ageMs }) => ageMs > frameEveryMs)).toEqual([])
    // Each stuck one was on a good link before, which is given two pictures at once.
    expect(most).toBeLessThan(2 * frameBytes + wordsBytes)
    expect(frozen.filter(({ pictures }) => pictures.length > 1)).toEqual([])
    expect(consoles.namesOn(deviceId).toSorted()).toEqual(['healthy', 'slow'])
    await vi.waitFor(() => expect(frozen.filter(({ isConnected }) => isConnected)).toEqual([]), 5_000)
    expect(slow.filter(({ isConnected }) => !isConnected)).toEqual([])
    for (const { pictures } of slow) {
      const sequences = pictures.map(({ sequence }) => sequence)
      expect(sequences).toEqual(sequences.toSorted((a, b) => a - b))
      expect(sequences.length).toBeGreaterThan(10)
      expect(pictures.at(-1)?.ageMs).toBeLessThan(2_000)
    }
  }, 60_000)

  it('of some who acknowledge what they never read fills no memory', async () => {
    const healthy = new Viewer('healthy', 'sharp')
    const liars = open('liar', 'sharp', 3)
    await firstPictures()
    for (const viewer of liars) viewer.line.allow(0)
    const leastWaiting = (): number => Math.min(...liars.map(({ waitingBytes }) => waitingBytes))
    let most = 0
    const lie = (): void => {
      for (const viewer of liars) viewer.acknowledge(1e12)
      most = Math.max(most, ...liars.map(({ waitingBytes }) => waitingBytes))
    }
    // The system itself takes some megabytes for each before anything waits in the server.
    for (let tries = 0; tries < 10 && leastWaiting() === 0; tries += 1) await draw(10_000, healthy, lie)
    expect(leastWaiting()).toBeGreaterThan(0)
    await draw(10_000, healthy, lie)
    expect(most).toBeLessThan(3 * frameBytes)
  }, 60_000)
})
