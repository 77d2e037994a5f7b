/** One part of a multipart/x-mixed-replace stream. Header names are in lower case. */
export type MjpegPart = { headers: Map<string, string>; body: Buffer }

export class MjpegError extends Error {
  override readonly name = 'MjpegError'
  readonly code = 'device/protocol'
}

export interface MjpegParser {
  /** Takes bytes as they come; gives the parts that they complete, in order. Throws MjpegError on nonsense. */
  push(chunk: Buffer): MjpegPart[]
}

type State =
  | { name: 'head'; pending: Buffer }
  | { name: 'body'; headers: Map<string, string>; body: Buffer; filled: number }

const headEnd = Buffer.from('\r\n\r\n')

/**
 * Parser for ustreamer's MJPEG: parts with Content-Length after `--boundary`. Each body is copied once, as it comes,
 * into a buffer of its announced size: a list of pieces would hold a hundred times their bytes when a device sends them
 * one byte each. `maxPartBytes` and `maxHeadBytes` bound what a lying device can make us hold.
 */
export function createMjpegParser(limits: {
  boundary: string
  maxPartBytes: number
  maxHeadBytes: number
}): MjpegParser {
  let state: State = { name: 'head', pending: Buffer.alloc(0) }

  function takeHead(at: { name: 'head'; pending: Buffer }, chunk: Buffer): Buffer {
    const bytes = at.pending.length === 0 ? chunk : Buffer.concat([at.pending, chunk])
    const end = bytes.indexOf(headEnd)
    if (end === -1 ? bytes.length > limits.maxHeadBytes : end > limits.maxHeadBytes) {
      throw new MjpegError(`A part's head is longer than ${limits.maxHeadBytes} bytes.`)
    }
    if (end === -1) {
      state = { name: 'head', pending: bytes }
      return Buffer.alloc(0)
    }
    const headers = parseHead(bytes.toString('latin1', 0, end), limits.boundary)
    const body = Buffer.allocUnsafe(partLength(headers, limits.maxPartBytes))
    state = { name: 'body', headers, body, filled: 0 }
    return bytes.subarray(end + headEnd.length)
  }

  return {
    push(chunk) {
      const parts: MjpegPart[] = []
      let rest = chunk
      for (;;) {
        if (state.name === 'head') {
          if (rest.length === 0) return parts
          rest = takeHead(state, rest)
        } else {
          const taken = rest.copy(state.body, state.filled)
          rest = rest.subarray(taken)
          state.filled += taken
          if (state.filled < state.body.length) return parts
          parts.push({ headers: state.headers, body: state.body })
          state = { name: 'head', pending: Buffer.alloc(0) }
        }
      }
    },
  }
}

/** Boundary named in a Content-Type, or null when it is not a multipart stream. */
export function boundaryOf(contentType: string | undefined): string | null {
  const match = /^multipart\/x-mixed-replace\s*;\s*boundary="?([^";\s]{1,70})"?\s*(?:;|$)/i.exec(
    contentType ?? '',
  )
  return match?.[1] ?? null
}

function parseHead(text: string, boundary: string): Map<string, string> {
  const lines = text.split('\r\n').filter((line) => line !== '')
  // Some servers announce the boundary with its two dashes already.
  const first = lines.shift()
  if (first !== `--${boundary}` && first !== boundary)
    throw new MjpegError('A part does not start with its boundary.')
  const headers = new Map<string, string>()
  for (const line of lines) {
    const colon = line.indexOf(':')
    if (colon < 1) throw new MjpegError('A part has a header without a name.')
    headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim())
  }
  return headers
}

function partLength(headers: Map<string, string>, maxPartBytes: number): number {
  const text = headers.get('content-length') ?? ''
  if (!/^\d{1,10}$/.test(text)) throw new MjpegError('A part has no usable Content-Length.')
  const length = Number(text)
  if (length > maxPartBytes) throw new MjpegError(`A part of ${length} bytes is larger than ${maxPartBytes}.`)
  return length
}
