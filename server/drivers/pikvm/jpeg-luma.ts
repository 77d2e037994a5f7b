import { ScanBits, type JpegCodes } from './jpeg-bits.ts'
import { isPossibleSize } from './picture-size.ts'

/** Brightness of a picture in squares of 8 × 8 pixels, row by row, 0–255. */
export type LumaGrid = { columns: number; rows: number; values: Uint8Array }

type Component = { id: number; h: number; v: number; quantization: number }
type Frame = { width: number; height: number; components: Component[] }
type ScanPart = { component: Component; dc: JpegCodes; ac: JpegCodes; isLuma: boolean }
type Scan = { frame: Frame; parts: ScanPart[]; restartEvery: number; luma: Component; step: number }

const marker = { sof0: 0xc0, sof1: 0xc1, dht: 0xc4, sos: 0xda, dqt: 0xdb, dri: 0xdd } as const
/**
 * What of a picture costs time, since a lying device would keep us busy with it. Blocks: the largest picture in full
 * colour. Bytes: several times what a PiKVM makes of a busy screen.
 */
const maxBlocks = 420_000
const maxBytes = 2_000_000
const maxComponents = 4
const maxSegments = 100
/** Four of each kind are all that a picture can use at a time. */
const maxTables = 8

/**
 * Reads the brightness of a baseline JPEG from the constant (DC) part of each block, without decoding the rest of it: a
 * millisecond or two where a whole decoder takes fifty. Tables are kept, since a device always sends the same ones.
 * @see ITU-T T.81 annexes B, F.2.2
 */
export class JpegLumaReader {
  readonly #known = new Map<string, JpegCodes>()

  /** Null for what is not a whole baseline JPEG in one scan (as PiKVM sends), is damaged, or larger than any of its. */
  read(jpeg: Buffer): LumaGrid | null {
    if (jpeg.length > maxBytes) return null
    const head = this.#readHead(jpeg)
    return head === null ? null : readScan(jpeg, head.dataAt, head.scan)
  }

  #readHead(jpeg: Buffer): { scan: Scan; dataAt: number } | null {
    const quantization = new Map<number, number>()
    const codes = new Map<number, JpegCodes>()
    let frame: Frame | null = null
    let restartEvery = 0
    let tables = 0
    for (let at = 2, segments = 0; at + 4 <= jpeg.length && jpeg[at] === 0xff; segments += 1) {
      if (segments >= maxSegments) return null
      const name = jpeg[at + 1] ?? 0
      const body = jpeg.subarray(at + 4, at + 2 + Math.max(2, jpeg.readUInt16BE(at + 2)))
      at += 4 + body.length
      if (name === marker.sof0 || name === marker.sof1) frame = readFrame(body)
      // Any other kind of frame has its blocks in another order.
      else if (name > marker.sof1 && name <= 0xcf && name !== marker.dht && name !== 0xcc) return null
      else if (name === marker.dqt) readQuantization(body, quantization)
      else if (name === marker.dht) tables += this.#readCodes(body, codes, maxTables - tables)
      else if (name === marker.dri && body.length >= 2) restartEvery = body.readUInt16BE(0)
      else if (name === marker.sos) {
        const scan = frame === null ? null : readScanHead(body, { frame, codes, quantization, restartEvery })
        return scan === null ? null : { scan, dataAt: at }
      }
    }
    return null
  }

  /** Reads so many tables at most; says how many it read. */
  #readCodes(body: Buffer, codes: Map<number, JpegCodes>, most: number): number {
    let read = 0
    for (let at = 0; at + 17 <= body.length && read < most; read += 1) {
      const count = body.subarray(at + 1, at + 17).reduce((sum, each) => sum + each, 0)
      const table = body.subarray(at + 1, at + 17 + count)
      codes.set(body[at] ?? 0, this.#codesOf(table))
      at += 17 + count
    }
    return read
  }

  #codesOf(table: Buffer): JpegCodes {
    const key = table.toString('latin1')
    const known = this.#known.get(key) ?? expand(table)
    if (this.#known.size > 16) this.#known.clear()
    this.#known.set(key, known)
    return known
  }
}

function expand(table: Buffer): JpegCodes {
  const codes = new Uint16Array(65_536)
  let code = 0
  let at = 16
  for (let length = 1; length <= 16; length += 1) {
    const count = table[length - 1] ?? 0
    for (let index = 0; index < count; index += 1) {
      const first = code << (16 - length)
      codes.fill((length << 8) | (table[at] ?? 0), first, first + (1 << (16 - length)))
      at += 1
      code += 1
    }
    code <<= 1
  }
  return codes
}

function readFrame(body: Buffer): Frame | null {
  if (body.length < 6 || body[0] !== 8) return null
  const count = body[5] ?? 0
  if (count > maxComponents || body.length < 6 + count * 3) return null
  const components = Array.from({ length: count }, (_, index) => {
    const at = 6 + index * 3
    const sampling = body[at + 1] ?? 0
    return { id: body[at] ?? 0, h: sampling >> 4, v: sampling & 15, quantization: body[at + 2] ?? 0 }
  })
  const isSound = components.every(({ h, v }) => h >= 1 && h <= 4 && v >= 1 && v <= 4)
  const [height, width] = [body.readUInt16BE(1), body.readUInt16BE(3)]
  return isSound && isPossibleSize({ width, height }) ? { width, height, components } : null
}

/** Of each table only the first value: how much one step of a block's constant part is. */
function readQuantization(body: Buffer, steps: Map<number, number>): void {
  for (let at = 0; at + 65 <= body.length;) {
    const isWide = (body[at] ?? 0) >> 4 === 1
    steps.set((body[at] ?? 0) & 15, isWide ? body.readUInt16BE(at + 1) : (body[at + 1] ?? 1))
    at += isWide ? 129 : 65
  }
}

type Tables = {
  frame: Frame
  codes: Map<number, JpegCodes>
  quantization: Map<number, number>
  restartEvery: number
}

function readScanHead(body: Buffer, { frame, codes, quantization, restartEvery }: Tables): Scan | null {
  const luma = frame.components[0]
  const step = luma && quantization.get(luma.quantization)
  if (luma === undefined || step === undefined || body[0] !== frame.components.length) return null
  const parts: ScanPart[] = []
  for (const [index, component] of frame.components.entries()) {
    const which = body[2 + index * 2] ?? 0
    const [dc, ac] = [codes.get(which >> 4), codes.get(0x10 | (which & 15))]
    if (dc === undefined || ac === undefined) return null
    parts.push({ component, dc, ac, isLuma: component === luma })
  }
  // A picture of one component is not interleaved: one block at a time, whatever its sampling says.
  if (parts.length === 1) luma.h = luma.v = 1
  return { frame, parts, restartEvery, luma, step }
}

function readScan(jpeg: Buffer, dataAt: number, scan: Scan): LumaGrid | null {
  const { frame, parts, restartEvery, luma, step } = scan
  const maxH = Math.max(...parts.map(({ component }) => component.h))
  const maxV = Math.max(...parts.map(({ component }) => component.v))
  const across = Math.ceil(frame.width / (8 * maxH))
  const down = Math.ceil(frame.height / (8 * maxV))
  const unitBlocks = parts.reduce((sum, { component: { h, v } }) => sum + h * v, 0)
  if (across * down * unitBlocks > maxBlocks) return null
  const columns = Math.ceil((frame.width * luma.h) / (8 * maxH))
  const rows = Math.ceil((frame.height * luma.v) / (8 * maxV))
  const values = new Uint8Array(columns * rows)
  const bits = new ScanBits(jpeg, dataAt)
  const before = parts.map(() => 0)
  for (let unit = 0; unit < across * down; unit += 1) {
    if (restartEvery > 0 && unit > 0 && unit % restartEvery === 0) {
      bits.restart()
      before.fill(0)
    }
    const left = (unit % across) * luma.h
    const top = Math.floor(unit / across) * luma.v
    for (const [index, { component, dc, ac, isLuma }] of parts.entries()) {
      for (let block = 0; block < component.h * component.v; block += 1) {
        const value = (before[index] ?? 0) + bits.readDifference(dc)
        before[index] = value
        if (!bits.skipRest(ac)) return null
        if (!isLuma) continue
        const column = left + (block % component.h)
        const row = top + Math.floor(block / component.h)
        if (column >= columns || row >= rows) continue
        values[row * columns + column] = Math.min(255, Math.max(0, (value * step) / 8 + 128))
      }
    }
    if (bits.isPastEnd) return null
  }
  return { columns, rows, values }
}
