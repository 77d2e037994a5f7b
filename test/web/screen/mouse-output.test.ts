import { beforeEach, describe, expect, it } from 'vitest'
import { MouseOutput, type MouseEventOut } from '../../../web/features/screen/mouse-output.ts'

let sent: MouseEventOut[]
let frames: (() => void)[]
let mouse: MouseOutput
const frame = (): void => {
  for (const task of frames.splice(0)) task()
}

beforeEach(() => {
  sent = []
  frames = []
  mouse = new MouseOutput(
    (event) => sent.push(event),
    (task) => frames.push(task),
  )
})

describe('movement to the machine', () => {
  it('is one position a frame, the newest', () => {
    for (const x of [1, 2, 3]) mouse.moveTo({ x, y: 0 })
    expect([sent.length, frames.length]).toEqual([0, 1])
    frame()
    expect(sent).toEqual([{ type: 'move', at: { x: 3, y: 0 } }])
  })

  it('comes before the button that it led to', () => {
    mouse.moveTo({ x: 1, y: 2 })
    mouse.click('left')
    frame()
    expect(sent.map(({ type }) => type)).toEqual(['move', 'button', 'button'])
  })

  it('adds up when relative, and keeps what is less than a step', () => {
    for (let count = 0; count < 5; count += 1) mouse.moveBy(0.5, -0.5)
    frame()
    mouse.moveBy(0.5, 0)
    frame()
    expect(sent).toEqual([
      { type: 'relative', dx: 2, dy: -2 },
      { type: 'relative', dx: 1, dy: 0 },
    ])
  })
})

describe('the wheel', () => {
  it('turns one step a notch, down as negative', () => {
    mouse.wheel({ deltaX: 0, deltaY: 120, deltaMode: 0 })
    mouse.wheel({ deltaX: 0, deltaY: -3, deltaMode: 1 })
    expect(sent).toEqual([
      { type: 'wheel', dx: 0, dy: -1 },
      { type: 'wheel', dx: 0, dy: 1 },
    ])
  })

  it('gathers the small turns of a trackpad', () => {
    for (let count = 0; count < 10; count += 1) mouse.wheel({ deltaX: 0, deltaY: 15, deltaMode: 0 })
    expect(sent).toEqual([{ type: 'wheel', dx: 0, dy: -1 }])
  })

  it('follows two fingers: up means further down the page', () => {
    for (let count = 0; count < 12; count += 1) mouse.scrollBy(0, -4)
    expect(sent).toEqual([
      { type: 'wheel', dx: 0, dy: -1 },
      { type: 'wheel', dx: 0, dy: -1 },
    ])
  })
})
