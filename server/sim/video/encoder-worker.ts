import { parentPort } from 'node:worker_threads'
import { encode } from 'jpeg-js'
import type { EncodeJob, EncodeResult, H264Job, JpegJob } from './frame-encoder.ts'
import { H264Encoder } from './h264-encoder.ts'
import { planesOf, type Planes } from './h264-planes.ts'
import { paint, shrink } from './paint.ts'
import type { Picture } from './picture.ts'

/** Converted pictures that are kept: a blinking cursor or a noise pattern comes back to them. */
const CACHED_PLANES = 12

const planes = new Map<string, Planes>()
const streams = new Map<string, { encoder: H264Encoder; last: Planes }>()

function jpegOf(job: JpegJob): EncodeResult {
  const painted = paint(job.picture)
  const pixels = job.fit ? shrink(painted, job.fit.maxWidth, job.fit.maxHeight) : painted
  return { id: job.id, bytes: new Uint8Array(encode(pixels, job.quality).data), isKey: true }
}

function h264Of(job: H264Job): EncodeResult {
  const { encoder, last } = streamFor(job)
  const unit = encoder.encode(last, { isKey: job.isKey })
  return { id: job.id, bytes: new Uint8Array(unit.bytes), isKey: unit.isKey }
}

function streamFor({ stream, picture }: H264Job): { encoder: H264Encoder; last: Planes } {
  const known = streams.get(stream)
  if (!picture) {
    if (!known) throw new Error(`The stream ${stream} has no picture to repeat.`)
    return known
  }
  const isSameSize = known?.encoder.width === picture.width && known.encoder.height === picture.height
  const encoder = known && isSameSize ? known.encoder : new H264Encoder(picture.width, picture.height)
  const next = { encoder, last: convert(picture) }
  streams.set(stream, next)
  return next
}

function convert(picture: Picture): Planes {
  const made = planes.get(picture.key) ?? planesOf(paint(picture))
  planes.delete(picture.key)
  planes.set(picture.key, made)
  for (const key of planes.keys()) if (planes.size > CACHED_PLANES) planes.delete(key)
  return made
}

/** Paints and encodes pictures as they come, in order. */
parentPort?.on('message', (job: EncodeJob) => {
  if (job.kind === 'forget') return void streams.delete(job.stream)
  const result = job.kind === 'jpeg' ? jpegOf(job) : h264Of(job)
  parentPort?.postMessage(result, [result.bytes.buffer as ArrayBuffer])
})
