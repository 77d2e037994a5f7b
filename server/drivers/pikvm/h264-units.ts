import { nalType, nalTypes, nalUnits } from './annex-b.ts'
import { frameNumOf, parseSps, type Sps } from './h264-sps.ts'

/** What one message of the device is. */
type UnitReading =
  /** Can be decoded by whoever had everything since the last key frame. A key frame holds its parameter sets. */
  | { name: 'unit'; bytes: Buffer; isKey: boolean; sps: Sps }
  /** Parameter sets or the like, without a picture. */
  | { name: 'nothing' }
  /** Refers to a picture that never came, or is no H.264: nothing can be shown until a key frame. */
  | { name: 'lost' }

/** Reads the access units of one stream in order. */
export interface UnitReader {
  read(data: Buffer): UnitReading
}

/**
 * Reader of one upstream from its start. The device throws a slow client's waiting frames away and goes on with frames
 * that refer to them; that shows in the frame numbers, as in a decoder (ITU-T H.264, 7.4.3).
 */
export function createUnitReader(): UnitReader {
  let sps: Sps | null = null
  let parameters = new Map<number, Buffer>()
  /** Number of the last picture that others refer to; null while a key frame is needed. */
  let lastReference: number | null = null

  function readPicture(data: Buffer, units: Buffer[]): UnitReading {
    const slice = units.find((unit) => isSlice(unit))
    if (!slice) return { name: 'nothing' }
    const frameNum = sps && frameNumOf(slice, sps)
    if (!sps || frameNum === null) return lost()
    const isKey = nalType(slice) === nalTypes.idrSlice
    if (!isKey && !follows(sps, frameNum)) return lost()
    if (isKey && parameters.size < 2) return lost()
    if (isKey || isReference(slice)) lastReference = frameNum
    return { name: 'unit', bytes: isKey ? withParameters(data, units) : data, isKey, sps }
  }
  function takeSps(unit: Buffer): void {
    if (parameters.get(nalTypes.sps)?.equals(unit)) return
    sps = parseSps(unit)
    parameters = new Map([[nalTypes.sps, Buffer.from(unit)]])
    lastReference = null
  }
  function follows(of: Sps, frameNum: number): boolean {
    if (lastReference === null) return false
    if (of.allowsGaps || of.isInterlaced) return true
    return frameNum === lastReference || frameNum === (lastReference + 1) % 2 ** of.frameNumBits
  }
  function withParameters(data: Buffer, units: Buffer[]): Buffer {
    const missing = [...parameters].filter(([type]) => !units.some((unit) => nalType(unit) === type))
    return missing.length === 0 ? data : Buffer.concat([...missing.map(([, unit]) => marked(unit)), data])
  }
  function lost(): UnitReading {
    lastReference = null
    return { name: 'lost' }
  }

  return {
    read(data) {
      const units = nalUnits(data)
      if (!units) return lost()
      for (const unit of units) {
        const type = nalType(unit)
        if (type === nalTypes.sps) takeSps(unit)
        if (type === nalTypes.pps) parameters.set(type, Buffer.from(unit))
      }
      return readPicture(data, units)
    },
  }
}

function isSlice(unit: Buffer): boolean {
  return nalType(unit) === nalTypes.slice || nalType(unit) === nalTypes.idrSlice
}

/** nal_ref_idc is not 0. */
function isReference(unit: Buffer): boolean {
  return (unit[0]! & 0x60) !== 0
}

function marked(unit: Buffer): Buffer {
  return Buffer.concat([Buffer.from([0, 0, 0, 1]), unit])
}
