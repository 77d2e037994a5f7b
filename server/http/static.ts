import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { AppError } from '../errors.ts'
import { errorBody, statusOf } from './error-reply.ts'

/** Names of built files carry a hash of their content, so a copy never gets old. */
const immutable = 'public, max-age=31536000, immutable'
/** One file of the build: no folder but `assets`, nothing hidden, nothing to decode, so nothing outside is reached. */
const fileAddress = /^\/(?:assets\/)?[A-Za-z0-9_-][A-Za-z0-9_.-]*\.[a-z0-9]+$/
const types: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
  '.woff2': 'font/woff2',
}

/**
 * Serves the built page from `dir` (null: no page), compressed beforehand where `.br` and `.gz` files lie beside. Every
 * other address that a person may have opened gets `index.html`; everything else a 404 as JSON. Files are looked up as
 * they are asked for: a table of them all would cost 10 MB of memory as routes, and miss what is built meanwhile.
 */
export function addStaticFiles(app: FastifyInstance, dir: string | null): void {
  const pageDir = dir !== null && existsSync(join(dir, 'index.html')) ? dir : null
  app.setNotFoundHandler(async (request, reply) => {
    const address = pageDir === null ? null : fileOf(request)
    if (pageDir !== null && address !== null && (await sendFile(pageDir, address, request, reply)))
      return reply
    const error = new AppError('request/notFound', 'There is nothing at this address.')
    return reply.code(statusOf(error.code)).send(errorBody(error))
  })
}

/** SHA-256 of each script that `index.html` carries in itself, as a content security policy names them. */
export function inlineScriptHashes(dir: string | null): string[] {
  const file = dir === null ? null : join(dir, 'index.html')
  if (file === null || !existsSync(file)) return []
  return [...readFileSync(file, 'utf8').matchAll(/<script>(.*?)<\/script>/gs)].map(
    ([, text = '']) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`,
  )
}

/** The built file that a request is about; null when it is about none. */
function fileOf(request: FastifyRequest): string | null {
  if (request.method !== 'GET' && request.method !== 'HEAD') return null
  const path = request.url.split('?')[0] ?? ''
  if (fileAddress.test(path)) return path
  // What the page's own router shows: no API, no name of a file.
  return /^\/api(\/|$)/.test(path) || /\.[A-Za-z0-9]+$/.test(path) ? null : '/index.html'
}

/** False when there is no such file. */
async function sendFile(
  dir: string,
  address: string,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<boolean> {
  for (const { encoding, suffix } of encodingsFor(request.headers['accept-encoding'])) {
    const body = await readFile(join(dir, `${address}${suffix}`)).catch(nullWhenMissing)
    if (body === null) continue
    const tag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`
    reply.headers({
      etag: tag,
      vary: 'accept-encoding',
      'cache-control': address.startsWith('/assets/') ? immutable : 'no-cache',
    })
    if (request.headers['if-none-match']?.includes(tag)) {
      reply.code(304).send()
      return true
    }
    if (encoding !== null) reply.header('content-encoding', encoding)
    reply.type(types[extname(address)] ?? 'application/octet-stream').send(body)
    return true
  }
  return false
}

/** Forms of a file from the smallest that the browser takes to the plain one. */
function encodingsFor(accepted: string | undefined): { encoding: string | null; suffix: string }[] {
  const names = (accepted ?? '').split(',').map((part) => part.split(';')[0]?.trim())
  return [
    ...(names.includes('br') ? [{ encoding: 'br', suffix: '.br' }] : []),
    ...(names.includes('gzip') ? [{ encoding: 'gzip', suffix: '.gz' }] : []),
    { encoding: null, suffix: '' },
  ]
}

function nullWhenMissing(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT' || error.code === 'EISDIR') return null
  throw error
}
