/**
 * Binary picture message: a header, then the payload. Plain DataView code, shared by the server and the page.
 * Layout, big-endian: u8 version, u8 kind (1 jpeg, 2 h264, 3 same), u8 flags (bit 0 key), u8 0, u32 generation,
 * u32 sequence, u16 width, u16 height, f64 reachedAt, 3 bytes codec configuration (profile, constraints, level; 0 for
 * pictures that need none), u8 0, u32 length of the payload. On the wire the picture comes in parts
 * (`picture-parts.ts`).
 */
export type PictureHeader = {
  /** Header version, 1. */
  version: number
  /** `same`: no payload; the last picture still holds as of `reachedAt`. */
  kind: 'jpeg' | 'h264' | 'same'
  /** Can be decoded without any other. */
  isKey: boolean
  /** How to configure a decoder for this generation, as `avc1.PPCCLL`; null where none is needed. */
  codec: string | null
  /** Grows when the stream restarts or its size changes. */
  generation: number
  sequence: number
  width: number
  height: number
  /** ms since the epoch when the frame reached Crashcart, server clock. */
  reachedAt: number
  payloadBytes: number
}

export const pictureHeaderBytes = 32
const currentVersion = 1
const kindNumbers = { jpeg: 1, h264: 2, same: 3 } as const
const codecForm = /^avc1\.([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i

/** Writes `header` into the first 32 bytes of `target`, which must have room for them. */
export function encodePictureHeader(header: PictureHeader, target: Uint8Array): void {
  const view = new DataView(target.buffer, target.byteOffset, pictureHeaderBytes)
  view.setUint8(0, header.version)
  view.setUint8(1, kindNumbers[header.kind])
  view.setUint8(2, header.isKey ? 1 : 0)
  view.setUint8(3, 0)
  view.setUint32(4, header.generation)
  view.setUint32(8, header.sequence)
  view.setUint16(12, header.width)
  view.setUint16(14, header.height)
  view.setFloat64(16, header.reachedAt)
  view.setFloat64(24, 0)
  codecForm
    .exec(header.codec ?? '')
    ?.slice(1)
    .forEach((hex, index) => view.setUint8(24 + index, Number.parseInt(hex, 16)))
  view.setUint32(28, header.payloadBytes)
}

/** Reads the header of a picture message; null when it is too short or of a version or kind not known here. */
export function decodePictureHeader(message: Uint8Array): PictureHeader | null {
  if (message.byteLength < pictureHeaderBytes) return null
  const view = new DataView(message.buffer, message.byteOffset, pictureHeaderBytes)
  const kind = kindOf(view.getUint8(1))
  if (view.getUint8(0) !== currentVersion || kind === null) return null
  return {
    version: currentVersion,
    kind,
    isKey: (view.getUint8(2) & 1) === 1,
    codec: codecOf([view.getUint8(24), view.getUint8(25), view.getUint8(26)]),
    generation: view.getUint32(4),
    sequence: view.getUint32(8),
    width: view.getUint16(12),
    height: view.getUint16(14),
    reachedAt: view.getFloat64(16),
    payloadBytes: view.getUint32(28),
  }
}

function codecOf(bytes: readonly number[]): string | null {
  if (bytes.every((byte) => byte === 0)) return null
  return `avc1.${bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('')}`
}

function kindOf(number: number): PictureHeader['kind'] | null {
  if (number === kindNumbers.jpeg) return 'jpeg'
  if (number === kindNumbers.h264) return 'h264'
  return number === kindNumbers.same ? 'same' : null
}
