import { randomBytes } from 'node:crypto'
import { scaledClock } from '../../server/sim/machine/clock.ts'
import { SimMachine } from '../../server/sim/machine/machine.ts'
import { startSimPikvm } from '../../server/sim/pikvm/pikvm.ts'
import { FrameEncoder, type Fit } from '../../server/sim/video/frame-encoder.ts'
import type { Picture } from '../../server/sim/video/picture.ts'
import { stampComment } from './frame-stamp.ts'

const frameBytes = 90_000
const stillBytes = 8_000

/**
 * A PiKVM in a process of its own whose pictures cost it nothing: one real JPEG, filled up to a camera's 90 kB with
 * comments, the first of which says when the frame was made.
 */
class PreparedFrames extends FrameEncoder {
  #base: Promise<Buffer> | null = null
  readonly #filling = comment(randomBytes(60_000))

  override async encode(picture: Picture, quality: number, fit: Fit | null = null): Promise<Buffer> {
    this.#base ??= super.encode(picture, quality, { maxWidth: 320, maxHeight: 240 })
    const base = await this.#base
    const parts = [base.subarray(0, 2), comment(stampComment())]
    const wanted = (fit === null ? frameBytes : stillBytes) - base.length
    for (let left = wanted; left > 0; left -= 60_000)
      parts.push(left >= 60_000 ? this.#filling : comment(randomBytes(Math.max(1, left))))
    return Buffer.concat([...parts, base.subarray(2)])
  }
}

function comment(content: Buffer): Buffer {
  const head = Buffer.from([0xff, 0xfe, 0, 0])
  head.writeUInt16BE(content.length + 2, 2)
  return Buffer.concat([head, content])
}

// Noise is another picture ten times a second of the machine's time; sped up, each tick of the streamer finds a new one.
const machine = new SimMachine({ name: 'bench', clock: scaledClock(5), motion: { noise: true } })
const pikvm = await startSimPikvm({ machine, encoder: new PreparedFrames(), streamForever: true })
process.send?.({ type: 'ready', host: pikvm.host, port: pikvm.port })
process.on('disconnect', () => process.exit(0))
