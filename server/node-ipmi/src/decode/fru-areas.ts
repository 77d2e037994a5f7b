import { checksum } from '../wire/lan-message.ts'
import { decodeTypedText } from './type-length.ts'

export interface FruInventory {
  chassis?: { partNumber: string; serialNumber: string; custom: string[] }
  board?: {
    /** When it was made, undefined when not stated. */
    madeAt: Date | undefined
    manufacturer: string
    product: string
    serialNumber: string
    partNumber: string
    fileId: string
    custom: string[]
  }
  product?: {
    manufacturer: string
    name: string
    partNumber: string
    version: string
    serialNumber: string
    assetTag: string
    fileId: string
    custom: string[]
  }
  /** What could not be read, in words; the other areas are still there. */
  problems: string[]
}

const endOfFields = 0xc1
const minutes1996 = Date.UTC(1996, 0, 1)

/** Reads the common header and the chassis, board and product areas; a damaged area is left out and named. */
export function decodeFru(bytes: Buffer): FruInventory {
  const inventory: FruInventory = { problems: [] }
  if (bytes.length < 8 || (bytes[0] ?? 0) % 16 !== 1 || checksum(bytes, 0, 8) !== 0) {
    inventory.problems.push('The common header is missing or damaged')
    return inventory
  }
  const area = (index: number, name: string): Buffer | undefined =>
    readArea(bytes, index, name, inventory.problems)
  const chassis = area(2, 'chassis')
  if (chassis) inventory.chassis = decodeChassis(chassis)
  const board = area(3, 'board')
  if (board) inventory.board = decodeBoard(board)
  const product = area(4, 'product')
  if (product) inventory.product = decodeProduct(product)
  return inventory
}

function readArea(bytes: Buffer, index: number, name: string, problems: string[]): Buffer | undefined {
  const start = (bytes[index] ?? 0) * 8
  if (start === 0) return undefined
  const length = (bytes[start + 1] ?? 0) * 8
  if (length < 8 || start + length > bytes.length) {
    problems.push(`The ${name} area was cut short`)
    return undefined
  }
  if (checksum(bytes, start, start + length) !== 0) problems.push(`The ${name} area has a wrong checksum`)
  return bytes.subarray(start, start + length - 1)
}

function decodeChassis(area: Buffer): NonNullable<FruInventory['chassis']> {
  const [partNumber = '', serialNumber = '', ...custom] = fields(area, 3)
  return { partNumber, serialNumber, custom }
}

function decodeBoard(area: Buffer): NonNullable<FruInventory['board']> {
  const minutes = area.length >= 6 ? area.readUIntLE(3, 3) : 0
  const [manufacturer = '', product = '', serialNumber = '', partNumber = '', fileId = '', ...custom] =
    fields(area, 6)
  const madeAt = minutes === 0 ? undefined : new Date(minutes1996 + minutes * 60_000)
  return { madeAt, manufacturer, product, serialNumber, partNumber, fileId, custom }
}

function decodeProduct(area: Buffer): NonNullable<FruInventory['product']> {
  const [
    manufacturer = '',
    name = '',
    partNumber = '',
    version = '',
    serialNumber = '',
    assetTag = '',
    ...rest
  ] = fields(area, 3)
  const [fileId = '', ...custom] = rest
  return { manufacturer, name, partNumber, version, serialNumber, assetTag, fileId, custom }
}

function fields(area: Buffer, start: number): string[] {
  const texts: string[] = []
  let at = start
  while (at < area.length) {
    const type = area.readUInt8(at)
    if (type === endOfFields) break
    const length = type & 0x3f
    texts.push(decodeTypedText(type, area.subarray(at + 1, at + 1 + length)))
    at += 1 + length
  }
  return texts
}
