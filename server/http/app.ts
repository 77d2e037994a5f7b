import type { Socket } from 'node:net'
import fastify, { LogController } from 'fastify'
import type {
  FastifyBaseLogger,
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  FastifyServerOptions,
} from 'fastify'
import { z } from 'zod'
import type { AllowedHosts } from '../access/allowed-hosts.ts'
import type { LiveSession, Sessions } from '../access/sessions.ts'
import { authorise } from './authorise.ts'
import { readCookie } from './cookies.ts'
import { errorBody, statusOf, toAppError } from './error-reply.ts'
import { checkHost, checkOrigin, checkReader } from './host-origin.ts'
import { describePeer } from './peer.ts'
import type { Peer, ProxyList } from './peer.ts'
import { refusedHostPage } from './refused-host-page.ts'
import type { Route } from './route.ts'
import { dataHeaders, pageHeaders } from './security-headers.ts'
import { addStaticFiles, inlineScriptHashes } from './static.ts'

declare module 'fastify' {
  interface FastifyRequest {
    peer: Peer
    session: LiveSession | null
  }
}

export type AppOptions = {
  routes: readonly Route[]
  sessions: Sessions
  hosts: AllowedHosts
  proxies: ProxyList
  /** Somebody with a session spoke on this connection. */
  onSignedIn?(socket: Socket): void
  log: FastifyBaseLogger
  /** Built page; null = none (tests, development server in front). */
  staticDir: string | null
}

/** Largest JSON body; inventories are imported in pieces. */
const bodyLimitBytes = 256 * 1024

/**
 * The HTTP side without its listeners: call `routing` from any server. Order for each request: Host, then Origin for
 * what changes something, then session and rights, and only then is the body read, as JSON and by its schema.
 */
export async function createApp(options: AppOptions): Promise<FastifyInstance> {
  const app = fastify({
    loggerInstance: options.log,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: bodyLimitBytes,
    exposeHeadRoutes: false,
    schemaController: noSchemas,
    onProtoPoisoning: 'error',
    onConstructorPoisoning: 'error',
    routerOptions: { maxParamLength: 2048, ignoreTrailingSlash: false, caseSensitive: true },
  })
  // Only JSON is left; fastify's own parser for it refuses prototype poisoning.
  app.removeContentTypeParser('text/plain')
  app.decorateRequest('peer', null as unknown as Peer)
  app.decorateRequest('session', null)
  const inlineScripts = inlineScriptHashes(options.staticDir)
  app.addHook('onRequest', (request, reply) => enter(request, reply, options, inlineScripts))
  app.setErrorHandler((error, request, reply) => refuse(error, request, reply))
  for (const route of options.routes) addRoute(app, route, options)
  addStaticFiles(app, options.staticDir)
  await app.ready()
  return app
}

/** Schemas are zod's, checked in `addRoute`; leaving fastify's own compilers unloaded saves about 10 MB. */
const noSchemas = {
  compilersFactory: {
    buildValidator: () => () => () => true,
    buildSerializer: () => () => (data: unknown) => JSON.stringify(data),
  },
  // The types ask for ajv's own classes, which is what is left out here.
} as unknown as NonNullable<FastifyServerOptions['schemaController']>

/** Every request passes here first. */
async function enter(
  request: FastifyRequest,
  reply: FastifyReply,
  options: AppOptions,
  inlineScripts: readonly string[],
): Promise<void> {
  request.peer = describePeer(request.raw, options.proxies)
  const isPage = !isApi(request) && !request.url.startsWith('/assets/')
  reply.headers(isPage ? pageHeaders(request.peer, inlineScripts) : dataHeaders)
  await checkHost(request.peer, options.hosts)
  if (request.method !== 'GET' && request.method !== 'HEAD') checkOrigin(request.raw, request.peer)
  else if (isApi(request)) checkReader(request.raw)
  if (isApi(request)) reply.header('cache-control', 'no-store')
}

function addRoute(app: FastifyInstance, route: Route, { sessions, onSignedIn }: AppOptions): void {
  const schemas = strictSchemas(route)
  app.route({
    method: route.method,
    url: route.url,
    onRequest: async (request) => {
      const { isSecure } = request.peer
      request.session = await sessions.authenticate(readCookie(request.raw, 'sid', isSecure))
      if (request.session !== null) onSignedIn?.(request.raw.socket)
      authorise(route.access, request.session?.principal ?? null, request.params as Record<string, string>)
      if (request.session !== null && route.method !== 'GET') await sessions.noteUse(request.session)
    },
    handler: async (request, reply) => {
      const input = {
        body: schemas.body.parse(request.body ?? undefined),
        params: schemas.params.parse(request.params),
        query: schemas.query.parse(request.query),
        principal: request.session?.principal ?? null,
        request,
        reply,
      }
      const answer = await route.handle(input as never)
      if (reply.sent) return reply
      return answer === undefined ? reply.code(204).send() : reply.send(answer)
    },
  })
}

/** What a route does not name must not be there. */
function strictSchemas(route: Route): { body: z.ZodType; params: z.ZodType; query: z.ZodType } {
  const names = [...route.url.matchAll(/:([A-Za-z]+)/g)].map(([, name = '']) => name)
  const params = z.strictObject(Object.fromEntries(names.map((name) => [name, z.string().min(1).max(256)])))
  return {
    body: route.schemas.body ?? z.undefined(),
    params: route.schemas.params ?? params,
    query: route.schemas.query ?? z.strictObject({}),
  }
}

function refuse(raw: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const error = toAppError(raw)
  const status = statusOf(error.code)
  const isOurs = error.code === 'server/internal' || error.code === 'server/unavailable'
  if (isOurs) request.log.error({ err: raw, url: request.url }, 'request failed')
  else if (error.code === 'access/originRefused' || error.code === 'access/hostRefused') {
    request.log.warn({ code: error.code, ...error.details, address: request.peer.address }, error.message)
  }
  const retryAfterMs = error.details?.['retryAfterMs']
  if (typeof retryAfterMs === 'number') reply.header('retry-after', Math.ceil(retryAfterMs / 1000))
  reply.code(status).header('cache-control', 'no-store')
  if (error.code === 'access/hostRefused' && !isApi(request)) {
    reply.type('text/html; charset=utf-8').send(refusedHostPage(error))
    return
  }
  reply.send(errorBody(error))
}

function isApi(request: FastifyRequest): boolean {
  return request.url === '/api' || request.url.startsWith('/api/')
}
