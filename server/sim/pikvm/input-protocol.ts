import { KEY_CODES, keyNameOfCode } from '../machine/keys.ts'
import type { KvmdHid } from './hid.ts'

const BUTTON_CODES: ReadonlyMap<number, string> = new Map([
  [0x110, 'left'],
  [0x111, 'right'],
  [0x112, 'middle'],
  [0x116, 'up'],
  [0x115, 'down'],
])

const BUTTONS = new Set(BUTTON_CODES.values())

/** Bits of the flag byte of a binary key or button message. */
const FLAGS = { down: 0x01, finish: 0x02, code: 0x80 } as const

/**
 * Applies one binary input message (`01` key … `05` wheel). As in kvmd a malformed one is ignored.
 * Unknown operations return false.
 */
export function applyBinaryInput(hid: KvmdHid, message: Buffer): boolean {
  const data = message.subarray(1)
  switch (message[0]) {
    case 1:
      applyKey(hid, data)
      return true
    case 2:
      applyButton(hid, data)
      return true
    case 3:
      if (data.length === 4) hid.move(data.readInt16BE(0), data.readInt16BE(2))
      return true
    case 4:
      applyDeltas(data, (dx, dy) => hid.relative(dx, dy))
      return true
    case 5:
      applyDeltas(data, (dx, dy) => hid.wheel(dx, dy))
      return true
    default:
      return false
  }
}

function applyKey(hid: KvmdHid, data: Buffer): void {
  const flags = data[0]
  if (flags === undefined) return
  const key = nameOf(data, flags, keyNameOfCode)
  if (key === undefined || !(key in KEY_CODES)) return
  hid.key(key, (flags & FLAGS.down) !== 0, (flags & FLAGS.finish) !== 0)
}

function applyButton(hid: KvmdHid, data: Buffer): void {
  const flags = data[0]
  if (flags === undefined) return
  const button = nameOf(data, flags, (code) => BUTTON_CODES.get(code))
  if (button && BUTTONS.has(button)) hid.button(button, (flags & FLAGS.down) !== 0)
}

function nameOf(
  data: Buffer,
  flags: number,
  nameOfCode: (code: number) => string | undefined,
): string | undefined {
  if ((flags & FLAGS.code) === 0) return data.toString('latin1', 1, 33).trim()
  return data.length === 3 ? nameOfCode(data.readUInt16BE(1)) : undefined
}

/** Pairs of signed bytes after a flag byte whose lowest bit asks to add up what fits into ±127. */
function applyDeltas(data: Buffer, apply: (dx: number, dy: number) => void): void {
  if (data.length < 1 || data.length % 2 === 0) return
  const deltas: [number, number][] = []
  for (let at = 1; at < data.length; at += 2) deltas.push([data.readInt8(at), data.readInt8(at + 1)])
  sendDeltas(deltas, (data.readUInt8(0) & 1) !== 0, apply)
}

function sendDeltas(
  deltas: readonly (readonly [number, number])[],
  squash: boolean,
  apply: (dx: number, dy: number) => void,
): void {
  if (!squash) {
    for (const [dx, dy] of deltas) apply(dx, dy)
    return
  }
  let [sumX, sumY] = [0, 0]
  for (const [dx, dy] of deltas) {
    if (Math.abs(sumX + dx) > 127 || Math.abs(sumY + dy) > 127) {
      apply(sumX, sumY)
      sumX = 0
      sumY = 0
    }
    sumX += dx
    sumY += dy
  }
  if (sumX !== 0 || sumY !== 0) apply(sumX, sumY)
}

type JsonObject = Record<string, unknown>

/** Applies one JSON input event of the older interface; malformed ones are ignored. */
export function applyJsonInput(hid: KvmdHid, type: string, event: JsonObject): void {
  const { key, button, state } = event
  if (type === 'key' && typeof key === 'string' && key in KEY_CODES && isFlag(state))
    hid.key(key, truth(state), isFlag(event['finish']) && truth(event['finish']))
  if (type === 'mouse_button' && typeof button === 'string' && BUTTONS.has(button) && isFlag(state))
    hid.button(button, truth(state))
  if (type === 'mouse_move') {
    const to = pairOf(event['to'])
    if (to) hid.move(to[0], to[1])
  }
  const squash = isFlag(event['squash']) && truth(event['squash'])
  if (type === 'mouse_relative')
    sendDeltas(deltasOf(event['delta']), squash, (dx, dy) => hid.relative(dx, dy))
  if (type === 'mouse_wheel') sendDeltas(deltasOf(event['delta']), squash, (dx, dy) => hid.wheel(dx, dy))
}

function isFlag(value: unknown): boolean {
  return ['true', 'false', '1', '0', 'yes', 'no'].includes(String(value).toLowerCase())
}

function truth(value: unknown): boolean {
  return ['true', '1', 'yes'].includes(String(value).toLowerCase())
}

function pairOf(value: unknown): [number, number] | undefined {
  if (typeof value !== 'object' || value === null || !('x' in value) || !('y' in value)) return undefined
  const [x, y] = [Number(value.x), Number(value.y)]
  return Number.isInteger(x) && Number.isInteger(y) ? [x, y] : undefined
}

function deltasOf(value: unknown): [number, number][] {
  const pairs = (Array.isArray(value) ? value : [value]).map(pairOf)
  return pairs.every((pair) => pair !== undefined) ? pairs : []
}
