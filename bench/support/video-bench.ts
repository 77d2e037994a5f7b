import { fork, type ChildProcess } from 'node:child_process'
import { get as getTls } from 'node:https'
import { get as getPlain } from 'node:http'
import { WebSocket } from 'ws'
import { boundaryOf, createMjpegParser } from '../../server/drivers/pikvm/mjpeg-parser.ts'
import { decodePictureHeader } from '../../server/contract/picture-header.ts'
import { PictureJoiner } from '../../server/contract/picture-parts.ts'
import type { PictureQuality } from '../../server/contract/screen.ts'
import { Receipts } from '../../web/features/screen/receipts.ts'
import type { ApiClient } from '../../test/support/api-client.ts'
import { failBench } from '../figure.ts'
import { addPikvm } from '../../test/support/fresh-server.ts'
import { startBenchServer, type BenchServer } from './crashcart.ts'
import { stampAgeMs } from './frame-stamp.ts'
import { freePort, startNginx } from './nginx.ts'

export type Where = { host: string; port: number }
/** What one viewer got, each picture with its age by the source's own clock, ms. */
type Arrival = { at: number; bytes: number; ageMs: number; reachedAgeMs: number; sequence: number }
export type VideoViewer = {
  arrivals: Arrival[]
  closedAt: number | null
  close(): void
  freeze(): void
  thaw(): void
}

/** Starts a module of this folder in a process of its own and waits for its address. */
export async function startTarget(file: string): Promise<Where & { child: ChildProcess }> {
  const child = fork(new URL(file, import.meta.url))
  process.once('exit', () => child.kill('SIGKILL'))
  const where = await new Promise<Where>((resolve, reject) => {
    child.once('message', resolve)
    child.once('exit', () => reject(new Error(`${file} did not start`)))
  })
  return { ...where, child }
}

export type VideoBench = { bench: BenchServer; deviceId: string; plainPort: number; pid: number }

/** Crashcart in front of a PiKVM, with plain HTTP beside TLS. */
export async function startVideoBench(pikvm: Where, env: Record<string, string> = {}): Promise<VideoBench> {
  const plainPort = await freePort()
  const bench = await startBenchServer({
    env: { CRASHCART_HTTP: `127.0.0.1:${plainPort}`, CRASHCART_TRUSTED_PROXIES: '127.0.0.1', ...env },
  })
  const { deviceId } = await addPikvm(bench, pikvm, 'bench')
  return { bench, deviceId, plainPort, pid: bench.server.child.pid ?? 0 }
}

export type ViewerOptions = { url?: string; quality?: PictureQuality; session?: ApiClient }

/** Opens the machine's screen as a browser without H.264 and acknowledges each picture as it arrives. */
export function openViewer(
  { bench, deviceId }: VideoBench,
  {
    url = `wss://127.0.0.1:${bench.server.port}`,
    quality = 'sharp',
    session = bench.admin,
  }: ViewerOptions = {},
): VideoViewer {
  const host = `localhost:${bench.server.port}`
  // Plain HTTP is for a proxy that speaks TLS with the browser.
  const forwarded = { 'x-forwarded-proto': 'https', 'x-forwarded-host': host, 'x-forwarded-for': '127.0.0.1' }
  const socket = new WebSocket(`${url}/api/screen/${deviceId}`, {
    rejectUnauthorized: false,
    perMessageDeflate: false,
    origin: session.origin,
    headers: { host, cookie: session.cookie, ...(url.startsWith('ws:') && forwarded) },
  })
  const viewer: VideoViewer = {
    arrivals: [],
    closedAt: null,
    close: () => socket.terminate(),
    freeze: () => socket.pause(),
    thaw: () => socket.resume(),
  }
  const joiner = new PictureJoiner()
  const receipts = new Receipts()
  socket.on('open', () => socket.send(JSON.stringify({ type: 'view', quality, h264: false })))
  socket.on('message', (data: Buffer, isBinary) => {
    if (!isBinary) return
    const picture = joiner.add(new Uint8Array(data))
    const acknowledged = receipts.add(data.length, picture !== null, performance.now())
    if (acknowledged !== null) socket.send(JSON.stringify({ type: 'ack', bytes: acknowledged }))
    const header = picture === null ? null : decodePictureHeader(picture)
    if (picture === null || header === null || header.kind === 'same') return
    viewer.arrivals.push({
      at: performance.now(),
      bytes: picture.length,
      ageMs: stampAgeMs(Buffer.from(picture.buffer)) ?? Number.NaN,
      reachedAgeMs: Date.now() - header.reachedAt,
      sequence: header.sequence,
    })
  })
  socket.on('close', () => (viewer.closedAt = performance.now()))
  socket.on('error', (error) => {
    if (viewer.arrivals.length === 0) failBench(`a viewer could not connect: ${error.message}`)
  })
  return viewer
}

/** Reads an MJPEG stream as a browser's `<img>` does. */
export function openMjpeg(url: string, headers: Record<string, string> = {}): VideoViewer {
  const get = url.startsWith('https:') ? getTls : getPlain
  const viewer: VideoViewer = {
    arrivals: [],
    closedAt: null,
    close: () => request.destroy(),
    freeze: () => undefined,
    thaw: () => undefined,
  }
  const request = get(url, { rejectUnauthorized: false, agent: false, headers }, (answer) => {
    const boundary = boundaryOf(answer.headers['content-type'])
    if (answer.statusCode !== 200 || boundary === null) failBench(`${url}: ${answer.statusCode}`)
    const parser = createMjpegParser({
      boundary: boundary ?? '',
      maxPartBytes: 8_000_000,
      maxHeadBytes: 8_192,
    })
    answer.on('data', (chunk: Buffer) => {
      for (const { body } of parser.push(chunk)) {
        const ageMs = stampAgeMs(body) ?? Number.NaN
        const at = performance.now()
        viewer.arrivals.push({
          at,
          bytes: body.length,
          ageMs,
          reachedAgeMs: ageMs,
          sequence: viewer.arrivals.length,
        })
      }
    })
  })
  request.on('error', () => (viewer.closedAt = performance.now()))
  return viewer
}

/** nginx in front of the same stream, plain and on TLS, nothing buffered: what people put there otherwise. */
export async function startVideoNginx(pikvm: Where, certificate: { certPem: string; keyPem: string }) {
  const location = `location / { proxy_pass https://${pikvm.host}:${pikvm.port}; proxy_buffering off;
    proxy_http_version 1.1; proxy_set_header X-KVMD-User admin; proxy_set_header X-KVMD-Passwd admin; }`
  const { pid, plainPort, tlsPort } = await startNginx(location, certificate)
  return {
    pid,
    plain: `http://127.0.0.1:${plainPort}/streamer/stream`,
    tls: `https://127.0.0.1:${tlsPort}/streamer/stream`,
    plainPort,
  }
}
