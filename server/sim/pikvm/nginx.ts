import { KvmdError, validationError } from './errors.ts'
import type { Daemon } from './daemon.ts'
import { dispatch, type Dispatched } from './dispatch.ts'
import type { Kvmd } from './kvmd.ts'
import { validBool } from './validators.ts'
import { errorJson, nginxPage, okJson, plainStatus, type KvmdRequest, type Reply } from './reply.ts'

/** The largest body that nginx lets through, outside the places that take big ones. */
export const BODY_LIMIT_BYTES = 4096

/** Where a request goes behind nginx. */
export type Location =
  | { name: 'kvmd'; path: string }
  | { name: 'streamer'; path: string }
  | { name: 'media'; path: string }
  | { name: 'janus' }
  | { name: 'public' }
  | { name: 'page' }

/** Locations whose rewrite fits only the exact path, so that anything longer reaches kvmd with `/api`. */
const EXACT_PATHS = ['/api/ws', '/api/hid/print', '/api/msd/read', '/api/msd/write', '/api/log']

/** Picks nginx's location for a path. */
export function locationOf(rawPath: string): Location {
  const path = rawPath.replace(/\/{2,}/g, '/')
  if (isUnder(path, '/streamer')) return { name: 'streamer', path: path.slice(9) || '/' }
  if (isUnder(path, '/api/media')) return { name: 'media', path: path.slice(10) || '/' }
  if (isUnder(path, '/janus/ws')) return { name: 'janus' }
  if (isUnder(path, '/redfish')) return { name: 'kvmd', path }
  if (isUnder(path, '/api')) return { name: 'kvmd', path: kvmdPath(path) }
  if (['/login', '/share', '/favicon.ico', '/robots.txt'].some((prefix) => isUnder(path, prefix)))
    return { name: 'public' }
  return { name: 'page' }
}

/** True where nginx passes bodies of any size. */
export function takesBigBody(path: string): boolean {
  return path.startsWith('/api/hid/print') || path.startsWith('/api/msd/write')
}

function isUnder(path: string, prefix: string): boolean {
  return path === prefix || path.startsWith(`${prefix}/`)
}

function kvmdPath(path: string): string {
  const exact = EXACT_PATHS.find((prefix) => path.startsWith(prefix))
  return exact && path !== exact ? path : path.slice(4) || '/'
}

/** nginx's subrequest to kvmd: 200, or the status of the error page that the client gets. */
export function authRequest(kvmd: Kvmd | null, headers: KvmdRequest['headers']): 200 | 401 | 403 | 500 {
  if (!kvmd) return 500
  try {
    kvmd.auth.check(headers)
    return 200
  } catch (error) {
    if (!(error instanceof KvmdError)) throw error
    return error.status === 401 || error.status === 403 ? error.status : 500
  }
}

const PAGE = Buffer.from('<!DOCTYPE html>\n<html><head><title>PiKVM</title></head><body></body></html>\n')

function htmlPage(): Reply {
  return { status: 200, headers: { 'Content-Type': 'text/html; charset=utf-8' }, body: PAGE }
}

/** The formats that `/api/media` offers. */
export function mediaInfo(formats: readonly string[]) {
  const video: Record<string, object> = {}
  if (formats.includes('h264')) video['h264'] = { profile_level_id: '42E01F' }
  if (formats.includes('jpeg')) video['jpeg'] = {}
  return { video }
}

/** Answers everything but the streams: kvmd's routes, ustreamer's pages and those of nginx itself. */
export async function answer(daemon: Daemon | null, request: KvmdRequest): Promise<Dispatched> {
  const location = locationOf(request.path)
  if (location.name === 'kvmd') {
    if (!daemon) return without(nginxPage(502))
    await daemon.kvmd.hid.loopFree()
    return dispatch(daemon.routes, daemon.kvmd.auth, { ...request, path: location.path })
  }
  if (location.name === 'public') return without(htmlPage())
  const status = authRequest(daemon?.kvmd ?? null, request.headers)
  if (location.name === 'page')
    return without(status === 200 ? htmlPage() : nginxPage(status === 500 ? 500 : 302, loginHeader(status)))
  if (status !== 200 || !daemon) return without(nginxPage(status))
  if (location.name === 'media')
    return without(
      location.path === '/' ? okJson({ media: mediaInfo(daemon.mediaFormats) }) : plainStatus(404),
    )
  if (location.name === 'streamer') return without(await daemon.streamerPage(location.path, request))
  return without(nginxPage(502))
}

function loginHeader(status: number): Record<string, string> {
  return status === 500 ? {} : { Location: '/login', 'Content-Type': 'text/html' }
}

function without(reply: Reply): Dispatched {
  return { reply, credential: null }
}

/** The answer to a websocket request that is not upgraded, or null for one that is. */
export function upgradeRefusal(
  daemon: Daemon | null,
  target: URL,
  headers: KvmdRequest['headers'],
): Reply | null {
  const location = locationOf(target.pathname)
  if (location.name === 'media') return mediaRefusal(daemon, target, headers)
  if (location.name === 'janus' || location.name === 'streamer') {
    const status = authRequest(daemon?.kvmd ?? null, headers)
    return nginxPage(status === 200 ? 502 : status)
  }
  if (!daemon) return nginxPage(502)
  if (location.name !== 'kvmd' || location.path !== '/ws') return plainStatus(404)
  return refusalOf(() => {
    daemon.kvmd.auth.check(headers)
    validBool(target.searchParams.get('stream'), true)
  })
}

function mediaRefusal(daemon: Daemon | null, target: URL, headers: KvmdRequest['headers']): Reply | null {
  const status = authRequest(daemon?.kvmd ?? null, headers)
  if (status !== 200) return nginxPage(status)
  const format = target.searchParams.get('video') ?? ''
  const isKnown = format === '' || daemon?.mediaFormats.some((known) => known === format)
  return isKnown ? null : errorJson(validationError('Unsupported video type'))
}

/** The answer for the error that `check` throws, or null when it throws none. */
function refusalOf(check: () => void): Reply | null {
  try {
    check()
    return null
  } catch (error) {
    if (!(error instanceof KvmdError)) throw error
    return errorJson(error)
  }
}
