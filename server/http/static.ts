import { existsSync } from 'node:fs'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance } from 'fastify'
import { AppError } from '../errors.ts'
import { errorBody, statusOf } from './error-reply.ts'

/** Names of built files carry a hash of their content, so a copy never gets old. */
const immutable = 'public, max-age=31536000, immutable'

/**
 * Serves the built page from `dir` (null: no page), compressed beforehand where `.br` files lie beside. Every other
 * address that a person may have opened gets `index.html`; everything else a 404 as JSON.
 */
export async function addStaticFiles(app: FastifyInstance, dir: string | null): Promise<void> {
  const hasPage = dir !== null && existsSync(join(dir, 'index.html'))
  if (hasPage) {
    await app.register(fastifyStatic, {
      root: dir,
      wildcard: false,
      preCompressed: true,
      cacheControl: false,
      setHeaders: (reply, path) => {
        reply.header('cache-control', path.includes('/assets/') ? immutable : 'no-cache')
      },
    })
  }
  app.setNotFoundHandler((request, reply) => {
    if (hasPage && isPageAddress(request.method, request.url)) return reply.sendFile('index.html')
    const error = new AppError('request/notFound', 'There is nothing at this address.')
    return reply.code(statusOf(error.code)).send(errorBody(error))
  })
}

/** True for what the page's own router shows: no API, no name of a file. */
function isPageAddress(method: string, url: string): boolean {
  const path = url.split('?')[0] ?? ''
  return (
    (method === 'GET' || method === 'HEAD') && !/^\/api(\/|$)/.test(path) && !/\.[A-Za-z0-9]+$/.test(path)
  )
}
