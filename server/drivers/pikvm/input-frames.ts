import type { PointerEvent } from '../driver.ts'

/**
 * Binary input frames of kvmd's control websocket. They are never acknowledged, and kvmd drops bad ones silently; an
 * empty frame would close the socket.
 */

/** Keepalive; the daemon answers with one `pongByte`. */
export const pingFrame: Buffer = Buffer.from([0x00])
export const pongByte = 0xff

const op = { key: 1, button: 2, move: 3, relative: 4, wheel: 5 } as const

/** `01 fl name`: key named by its `KeyboardEvent.code` (ASCII, 1–32 characters); bit 0 of fl = down. */
export function keyFrame(code: string, isDown: boolean): Buffer {
  return namedFrame(op.key, code, isDown)
}

/** Frame for one pointer event. Positions are −32768…32767 with 0 the centre; deltas −127…127 (clamped). */
export function pointerFrame(event: PointerEvent): Buffer {
  switch (event.type) {
    case 'button':
      return namedFrame(op.button, event.button, event.down)
    case 'move':
      return moveFrame(event.x, event.y)
    case 'relative':
      return deltaFrame(op.relative, event.dx, event.dy)
    case 'wheel':
      return deltaFrame(op.wheel, event.dx, event.dy)
  }
}

function namedFrame(operation: number, name: string, isDown: boolean): Buffer {
  return Buffer.concat([Buffer.from([operation, isDown ? 1 : 0]), Buffer.from(name, 'latin1')])
}

/** `03 xx xx yy yy`, int16 big-endian. */
function moveFrame(x: number, y: number): Buffer {
  const frame = Buffer.alloc(5)
  frame.writeUInt8(op.move, 0)
  frame.writeInt16BE(clamp(x, -32768, 32767), 1)
  frame.writeInt16BE(clamp(y, -32768, 32767), 3)
  return frame
}

/** `04|05 fl dx dy`, int8; fl 0 = every delta is its own report. */
function deltaFrame(operation: number, dx: number, dy: number): Buffer {
  const frame = Buffer.alloc(4)
  frame.writeUInt8(operation, 0)
  frame.writeInt8(clamp(dx, -127, 127), 2)
  frame.writeInt8(clamp(dy, -127, 127), 3)
  return frame
}

function clamp(value: number, low: number, high: number): number {
  const whole = Number.isFinite(value) ? Math.trunc(value) : 0
  return Math.min(high, Math.max(low, whole))
}
