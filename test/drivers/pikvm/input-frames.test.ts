import { describe, expect, test } from 'vitest'
import { keyFrame, pingFrame, pointerFrame } from '../../../server/drivers/pikvm/input-frames.ts'

// Bytes as sent to a real daemon, from the recording ws_60s.json.
describe('input frames of kvmd', () => {
  test.each([
    ['key down', keyFrame('KeyA', true), '01014b657941'],
    ['key up', keyFrame('KeyA', false), '01004b657941'],
    ['button down', pointerFrame({ type: 'button', button: 'left', down: true }), '02016c656674'],
    ['button up', pointerFrame({ type: 'button', button: 'left', down: false }), '02006c656674'],
    ['absolute move', pointerFrame({ type: 'move', x: 16384, y: -16384 }), '034000c000'],
    ['wheel', pointerFrame({ type: 'wheel', dx: 0, dy: -5 }), '050000fb'],
    ['relative move', pointerFrame({ type: 'relative', dx: 5, dy: 5 }), '04000505'],
    ['ping', pingFrame, '00'],
  ])('%s', (_name, frame, hex) => {
    expect(frame.toString('hex')).toBe(hex)
  })

  test('positions and deltas outside their range are clamped, and nonsense is zero', () => {
    expect(pointerFrame({ type: 'move', x: 99_999, y: -99_999 }).toString('hex')).toBe('037fff8000')
    expect(pointerFrame({ type: 'wheel', dx: 200, dy: -200 }).toString('hex')).toBe('05007f81')
    expect(pointerFrame({ type: 'relative', dx: Number.NaN, dy: 1.9 }).toString('hex')).toBe('04000001')
  })

  test('no frame is ever empty: an empty one closes the socket', () => {
    expect(keyFrame('', true).length).toBeGreaterThan(0)
  })
})
