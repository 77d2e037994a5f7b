import type { KvmdAuth, CredentialKind } from './auth.ts'
import { KvmdError } from './errors.ts'
import { errorJson, plainStatus, type KvmdRequest, type Reply } from './reply.ts'
import type { Route } from './routes.ts'

/** An answer and the credential that was looked at on the way to it. */
export interface Dispatched {
  reply: Reply
  credential: CredentialKind | null
}

/** Finds kvmd's route, checks credentials and runs it, turning kvmd's errors into its answers. */
export async function dispatch(
  routes: readonly Route[],
  auth: KvmdAuth,
  request: KvmdRequest,
): Promise<Dispatched> {
  const matching = routesOf(routes, request.path)
  if (matching.length === 0) return { reply: notFound(routes, request), credential: null }
  const route = matching.find((one) => one.method === request.method)
  if (!route) return { reply: plainStatus(405, { Allow: allowOf(matching) }), credential: null }
  let credential: CredentialKind | null = null
  try {
    if (route.auth) credential = auth.check(request.headers)
    return { reply: await route.handle(request), credential }
  } catch (error) {
    if (!(error instanceof KvmdError)) throw error
    return { reply: errorJson(error), credential }
  }
}

function routesOf(routes: readonly Route[], path: string): Route[] {
  const exact = routes.filter((route) => route.path === path)
  if (exact.length > 0) return exact
  return routes.filter((route) => route.path.endsWith('/*') && path.startsWith(route.path.slice(0, -1)))
}

function allowOf(routes: readonly Route[]): string {
  return routes
    .map((route) => route.method)
    .sort()
    .join(',')
}

/** aiohttp redirects a trailing slash away, to a path that has lost nginx's prefix. */
function notFound(routes: readonly Route[], request: KvmdRequest): Reply {
  const trimmed = request.path.replace(/\/+$/, '')
  if (trimmed === request.path || routesOf(routes, trimmed).length === 0) return plainStatus(404)
  const query = request.query.toString()
  return plainStatus(308, { Location: query ? `${trimmed}?${decodeURIComponent(query)}` : trimmed })
}
