/** NAL unit types that matter here (ITU-T H.264, table 7-1). */
export const nalTypes = { slice: 1, idrSlice: 5, sps: 7, pps: 8 } as const

const startCode = Buffer.from([0, 0, 1])
/** A key frame has three or four; encoders that cut pictures into slices make some tens. */
const maxNalUnits = 128

/**
 * The NAL units of one access unit in Annex B form, as views without start codes; null when it is not in that form
 * (no start code first, an empty unit, the forbidden bit, too many).
 */
export function nalUnits(data: Buffer): Buffer[] | null {
  let start = data.indexOf(startCode)
  if (start < 0 || !isZero(data, 0, start)) return null
  const units: Buffer[] = []
  while (start >= 0) {
    const next = data.indexOf(startCode, start + 3)
    const unit = withoutTrailingZeros(data.subarray(start + 3, next < 0 ? data.length : next))
    if (unit.length === 0 || (unit[0]! & 0x80) !== 0 || units.length === maxNalUnits) return null
    units.push(unit)
    start = next
  }
  return units
}

function isZero(data: Buffer, from: number, to: number): boolean {
  for (let index = from; index < to; index++) if (data[index] !== 0) return false
  return true
}

function withoutTrailingZeros(unit: Buffer): Buffer {
  let end = unit.length
  while (end > 0 && unit[end - 1] === 0) end--
  return unit.subarray(0, end)
}

export function nalType(unit: Buffer): number {
  return unit[0]! & 31
}

/** The first bytes of a NAL unit's payload, at most `limit`, without the header and without emulation prevention. */
export function payloadStart(unit: Buffer, limit: number): Buffer {
  const payload = Buffer.alloc(Math.max(0, Math.min(limit, unit.length - 1)))
  let length = 0
  let zeros = 0
  for (let index = 1; index < unit.length && length < payload.length; index++) {
    const byte = unit[index]!
    if (zeros >= 2 && byte === 3) {
      zeros = 0
      continue
    }
    payload[length++] = byte
    zeros = byte === 0 ? zeros + 1 : 0
  }
  return payload.subarray(0, length)
}
