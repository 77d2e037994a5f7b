import { STATUS_CODES } from 'node:http'
import type { KvmdError } from './errors.ts'

/** A complete answer, without the headers that nginx adds to all of them. */
export interface Reply {
  status: number
  headers: Record<string, string>
  body: Buffer
}

/** A request after nginx: path without `/api`, query apart, body whole. */
export interface KvmdRequest {
  method: string
  path: string
  query: URLSearchParams
  headers: Readonly<Record<string, string | string[] | undefined>>
  body: Buffer
}

const JSON_TYPE = 'application/json; charset=utf-8'

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1))
  return Object.fromEntries(entries.map(([key, item]) => [key, sortKeys(item)]))
}

/** JSON as kvmd prints it (sorted, four spaces), without the `ok` envelope. */
export function bareJson(value: unknown, status = 200): Reply {
  const body = Buffer.from(JSON.stringify(sortKeys(value), null, 4))
  return { status, headers: { 'Content-Type': JSON_TYPE }, body }
}

/** A result in kvmd's `{"ok":true,"result":…}` envelope. */
export function okJson(result: unknown = {}): Reply {
  return bareJson({ ok: true, result })
}

/** An error in kvmd's envelope. */
export function errorJson(error: KvmdError): Reply {
  return bareJson({ ok: false, result: { error: error.kind, error_msg: error.message } }, error.status)
}

/** Plain text, as aiohttp answers for unknown paths. */
export function plainText(text: string, status = 200, headers: Record<string, string> = {}): Reply {
  return {
    status,
    headers: { 'Content-Type': 'text/plain; charset=utf-8', ...headers },
    body: Buffer.from(text),
  }
}

/** `404: Not Found` and its like. */
export function plainStatus(status: number, headers: Record<string, string> = {}): Reply {
  return plainText(`${status}: ${STATUS_CODES[status] ?? 'Unknown'}`, status, headers)
}

const NGINX_TITLES: Readonly<Record<number, string>> = {
  302: '302 Found',
  401: '401 Authorization Required',
  403: '403 Forbidden',
  404: '404 Not Found',
  413: '413 Request Entity Too Large',
  500: '500 Internal Server Error',
  502: '502 Bad Gateway',
}

/** An error page of nginx itself. */
export function nginxPage(status: number, headers: Record<string, string> = {}): Reply {
  const title = NGINX_TITLES[status] ?? String(status)
  const page = `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n<hr><center>nginx/1.22.1</center>\r\n</body>\r\n</html>\r\n`
  return {
    status,
    headers: { 'Content-Type': 'text/html; charset=utf-8', ...headers },
    body: Buffer.from(page),
  }
}

/** An empty 204. */
export function noContent(): Reply {
  return { status: 204, headers: {}, body: Buffer.alloc(0) }
}
