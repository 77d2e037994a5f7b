/**
 * What a browser's stream carries: frames of u8 kind, u32 big-endian length, payload. Plain DataView code, shared by the
 * server and the page. `hello`: the stream's id; `text`, `binary`: a message; `ping`: a number to send back; `close`:
 * the code and reason of a websocket's end, as JSON; `filler`: nothing, for whatever holds the first bytes back.
 */
const kinds = ['filler', 'hello', 'text', 'binary', 'ping', 'close'] as const
export type FrameKind = (typeof kinds)[number]
export type Frame = { kind: FrameKind; payload: Uint8Array<ArrayBuffer> }

const headBytes = 5
/** Far above every message of ours; more means that it is not our stream. */
const mostPayloadBytes = 16_000_000

/** The head that goes before a payload of `length` bytes. */
export function frameHead(kind: FrameKind, length: number): Uint8Array {
  const head = new Uint8Array(headBytes)
  head[0] = kinds.indexOf(kind)
  new DataView(head.buffer).setUint32(1, length)
  return head
}

/** Cuts a stream into frames, however it arrives in pieces. Throws RangeError for what is not a stream of ours. */
export class FrameReader {
  #rest: Uint8Array<ArrayBuffer> = new Uint8Array(0)

  /** The frames that `piece` completes. */
  take(piece: Uint8Array): Frame[] {
    const bytes = new Uint8Array(this.#rest.length + piece.length)
    bytes.set(this.#rest)
    bytes.set(piece, this.#rest.length)
    const frames: Frame[] = []
    let at = 0
    for (;;) {
      const frame = frameAt(bytes, at)
      if (frame === null) break
      frames.push(frame)
      at += headBytes + frame.payload.length
    }
    this.#rest = bytes.slice(at)
    return frames
  }
}

function frameAt(bytes: Uint8Array<ArrayBuffer>, at: number): Frame | null {
  if (bytes.length < at + headBytes) return null
  const view = new DataView(bytes.buffer, at, headBytes)
  const kind = kinds[view.getUint8(0)]
  const length = view.getUint32(1)
  if (kind === undefined || length > mostPayloadBytes) throw new RangeError('not a stream of Crashcart')
  if (bytes.length < at + headBytes + length) return null
  return { kind, payload: bytes.slice(at + headBytes, at + headBytes + length) }
}
