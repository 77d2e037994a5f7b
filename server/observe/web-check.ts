import type { ClientRequest, IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { isIP } from 'node:net'
import type { WebCheck } from '../contract/inventory.ts'
import { request as httpRequest } from '../lean-http.ts'
import { saidLine, type Found } from './found.ts'
import { judgeWebAnswer } from './web-expectation.ts'

/** What is read of an answer; a health page is far smaller. */
const mostBodyBytes = 256 * 1024
/** Nobody was there to accept or refuse. */
const unreachable: readonly (string | undefined)[] = ['ENETUNREACH', 'EHOSTUNREACH', 'ETIMEDOUT']

/**
 * One GET, on a connection of its own, to an end within the limit whatever the peer does: no redirect is followed,
 * nothing is unpacked, and of a long answer the beginning counts. `silent`: accepts and does not answer in time.
 * `wrong`: answers something else than HTTP (or TLS), or not as expected. `address`: where the check's name leads.
 */
export function runWebCheck(check: WebCheck, address: string, limitMs: number): Promise<Found> {
  return new Promise((resolve) => {
    /** What it is when the time is over. */
    let late = (): Found => ({ result: 'noAnswer', said: null })
    const request = startRequest(check, address)
    const finish = (found: Found): void => {
      clearTimeout(timer)
      resolve(found)
      // A late error after the result is known concerns nobody; its listener stays.
      request.destroy()
    }
    const timer = setTimeout(() => finish(late()), limitMs)
    request.on('socket', (socket) =>
      socket.on('connect', () => (late = () => ({ result: 'silent', said: null }))),
    )
    request.on('response', (response) => {
      const { statusCode = 0 } = response
      const body = readBody(response, () => finish(late()))
      late = () => judgeWebAnswer(check, statusCode, body())
      if (check.expect.kind === 'any' || statusCode !== check.status) finish(late())
    })
    request.on('error', (error: NodeJS.ErrnoException) =>
      finish(failure(error, late().result !== 'noAnswer')),
    )
    request.end()
  })
}

function startRequest({ kind, address: name, port, path }: WebCheck, address: string): ClientRequest {
  const options = {
    host: address,
    port,
    path,
    method: 'GET',
    agent: false,
    maxHeaderSize: 16 * 1024,
    headers: {
      host: hostHeader(name, port, kind),
      'user-agent': 'Crashcart',
      accept: '*/*',
      'accept-encoding': 'identity',
      connection: 'close',
    },
  }
  if (kind === 'http') return httpRequest(options)
  // A machine's own certificate is rarely one that anybody signed; nothing secret is sent and nothing is trusted.
  return httpsRequest({
    ...options,
    rejectUnauthorized: false,
    ...(isIP(name) === 0 && { servername: name }),
  })
}

function hostHeader(name: string, port: number, kind: WebCheck['kind']): string {
  const host = isIP(name) === 6 ? `[${name}]` : name
  return port === (kind === 'http' ? 80 : 443) ? host : `${host}:${port}`
}

/** Gives the body as far as it was read; calls back when no more of it will be. */
function readBody(response: IncomingMessage, done: () => void): () => string {
  const parts: Buffer[] = []
  let bytes = 0
  response.on('data', (data: Buffer) => {
    if (bytes >= mostBodyBytes) return
    parts.push(data)
    bytes += data.length
    if (bytes >= mostBodyBytes) done()
  })
  response.on('end', done)
  // Broken off: what came must do.
  response.on('error', done)
  return () => Buffer.concat(parts).toString('utf8', 0, mostBodyBytes)
}

function failure({ code, message }: NodeJS.ErrnoException, isAccepted: boolean): Found {
  if (code === 'ECONNREFUSED') return { result: 'refused', said: null }
  if (!isAccepted || unreachable.includes(code)) return { result: 'noAnswer', said: null }
  // Hung up without a word, as a proxy does whose server is gone.
  if (code === 'ECONNRESET') return { result: 'silent', said: null }
  return { result: 'wrong', said: saidLine(code ?? message) }
}
