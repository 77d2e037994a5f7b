import { parentPort } from 'node:worker_threads'
import { encode } from 'jpeg-js'
import { paint, shrink } from './paint.ts'
import type { EncodeJob, EncodeResult } from './frame-encoder.ts'

/** Paints and encodes pictures as they come, in order. */
parentPort?.on('message', (job: EncodeJob) => {
  const painted = paint(job.picture)
  const pixels = job.fit ? shrink(painted, job.fit.maxWidth, job.fit.maxHeight) : painted
  const { data } = encode(pixels, job.quality)
  const jpeg = new Uint8Array(data)
  const result: EncodeResult = { id: job.id, jpeg }
  parentPort?.postMessage(result, [jpeg.buffer])
})
