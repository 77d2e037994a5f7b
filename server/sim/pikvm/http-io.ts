import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { KvmdRequest, Reply } from './reply.ts'

/** Headers that nginx adds to every answer. */
export const NGINX_HEADERS = {
  Server: 'nginx/1.22.1',
  'Strict-Transport-Security': 'max-age=31536000; includeSubDomains',
} as const

/** The request as kvmd sees it. */
export function requestOf(message: IncomingMessage, target: URL, body: Buffer): KvmdRequest {
  return {
    method: message.method ?? 'GET',
    path: target.pathname,
    query: target.searchParams,
    headers: message.headers,
    body,
  }
}

/** Reads a body of at most `limitBytes`; null when it is longer. */
export async function readBody(message: IncomingMessage, limitBytes: number): Promise<Buffer | null> {
  if (Number(message.headers['content-length'] ?? 0) > limitBytes) {
    message.resume()
    return null
  }
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of message as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > limitBytes) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** Sends a JSON string that never seems to end, at the reader's pace. */
export function sendHugeBody(response: ServerResponse, bytes: number): void {
  response.writeHead(200, {
    ...NGINX_HEADERS,
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': bytes,
  })
  const chunk = Buffer.alloc(65_536, 'a')
  let left = bytes
  const pump = () => {
    while (left > 0 && !response.destroyed) {
      const part = chunk.subarray(0, Math.min(chunk.length, left))
      left -= part.length
      if (!response.write(part)) return void response.once('drain', pump)
    }
    response.end()
  }
  response.write('"')
  left -= 1
  pump()
}

/** Answers an upgrade request with an ordinary reply. */
export function refuseUpgrade(socket: Socket, reply: Reply): void {
  const headers = { ...NGINX_HEADERS, ...reply.headers, 'Content-Length': reply.body.length }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  socket.write(`HTTP/1.1 ${reply.status} Refused\r\n${lines.join('\r\n')}\r\nConnection: keep-alive\r\n\r\n`)
  socket.end(reply.body)
}
