import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { EncodedUnit } from '../../../server/sim/video/h264-encoder.ts'
import type { Planes } from '../../../server/sim/video/h264-planes.ts'
import { requireProgram } from '../../peers/ipmi/debian.ts'

/** What ffmpeg made of a stream: its pictures in planar YUV 4:2:0, and everything that it complained about. */
export interface Decoded {
  pictures: Buffer[]
  complaints: string
}

/** Decodes an Annex B stream of pictures of one size. */
export async function decodeWithFfmpeg(
  stream: Uint8Array,
  size: { width: number; height: number },
): Promise<Decoded> {
  const input = ['-v', 'warning', '-err_detect', 'explode', '-f', 'h264', '-i', 'pipe:0']
  const output = ['-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-fps_mode', 'passthrough', 'pipe:1']
  const child = spawn(requireProgram('ffmpeg'), [...input, ...output])
  const chunks: Buffer[] = []
  let complaints = ''
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()))
  // A referee that gives up early closes its input: what it said and showed decides.
  child.stdin.on('error', () => undefined)
  child.stdin.end(stream)
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) complaints += `exit code ${code}`
  const bytes = Buffer.concat(chunks)
  const each = (size.width * size.height * 3) / 2
  const count = Math.floor(bytes.length / each)
  const pictures = Array.from({ length: count }, (_, index) =>
    bytes.subarray(index * each, (index + 1) * each),
  )
  return { pictures, complaints }
}

/** The visible part of planes, in the same form. */
export function visible(planes: Planes, size: { width: number; height: number }): Buffer {
  const cut = (plane: Uint8Array, stride: number, width: number, height: number) =>
    Array.from({ length: height }, (_, y) => plane.slice(y * stride, y * stride + width))
  const half = [planes.width / 2, size.width / 2, size.height / 2] as const
  return Buffer.concat([
    ...cut(planes.luma, planes.width, size.width, size.height),
    ...cut(planes.cb, ...half),
    ...cut(planes.cr, ...half),
  ])
}

/** Several units as one stream. */
export function joined(units: readonly EncodedUnit[]): Buffer {
  return Buffer.concat(units.map(({ bytes }) => bytes))
}

/** Mean of the absolute differences of two pictures' samples. */
export function meanDifference(one: Uint8Array, other: Uint8Array): number {
  let sum = 0
  one.forEach((sample, place) => (sum += Math.abs(sample - (other[place] ?? 0))))
  return sum / one.length
}
