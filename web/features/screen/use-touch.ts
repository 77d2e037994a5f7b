import { onBeforeUnmount } from 'vue'
import { GestureTracker, longPressMs, type Gesture } from './gestures.ts'
import type { MouseOutput } from './mouse-output.ts'
import type { Point } from './view-transform.ts'

/** A finger's way is short; the machine's pointer goes further, and further still when the finger is quick. */
const trackpadGain = 1.6
const quickPx = 12

export type TouchTarget = {
  mouse: MouseOutput
  /** Where fingers are the machine's mouse: `direct` puts the pointer under the finger, `trackpad` pushes it. */
  mouseMode(): 'off' | 'direct' | 'trackpad'
  /** A point of the stage as mouse position; null beside the picture. */
  toMouse(at: Point): Point | null
  pan(dx: number, dy: number): void
  pinch(from: Point, to: Point, factor: number): void
  /** A double tap while looking. */
  toggle(at: Point): void
}

/** What fingers on the stage do: move and zoom the picture, or work the machine's mouse. Call in setup. */
export function useTouch(target: TouchTarget) {
  const tracker = new GestureTracker(() => target.mouseMode() !== 'off')
  let pressTimer: ReturnType<typeof setTimeout> | undefined
  const stopTimer = (): void => clearTimeout(pressTimer)
  onBeforeUnmount(stopTimer)

  function perform(gestures: Gesture[]): void {
    const mode = target.mouseMode()
    for (const gesture of gestures) {
      if (mode === 'off') look(target, gesture)
      else if (mode === 'direct') point(target, gesture)
      else push(target, gesture)
    }
  }

  return {
    down(id: number, at: Point, time: number): void {
      perform(tracker.down(id, at, time))
      stopTimer()
      // Without a mouse a resting finger means nothing, and may still move the picture.
      if (target.mouseMode() !== 'off')
        pressTimer = setTimeout(() => tracker.held(time + longPressMs), longPressMs)
    },
    move(id: number, at: Point): void {
      perform(tracker.move(id, at))
    },
    up(id: number, time: number): void {
      stopTimer()
      perform(tracker.up(id, time))
    },
    cancel(id: number): void {
      stopTimer()
      perform(tracker.cancel(id))
    },
  }
}

function look(target: TouchTarget, gesture: Gesture): void {
  if (gesture.type === 'pan') target.pan(gesture.dx, gesture.dy)
  if (gesture.type === 'pinch') target.pinch(gesture.from, gesture.to, gesture.factor)
  if (gesture.type === 'doubleTap') target.toggle(gesture.at)
}

/** One finger still pans, so that every part of the picture can be brought under it. */
function point(target: TouchTarget, gesture: Gesture): void {
  const { mouse } = target
  const at = (where: Point): Point | null => target.toMouse(where)
  switch (gesture.type) {
    case 'tap':
    case 'doubleTap':
      return clickAt(mouse, at(gesture.at), 'left')
    case 'longPress':
      return clickAt(mouse, at(gesture.at), 'right')
    case 'dragStart': {
      const from = at(gesture.from)
      if (from !== null) mouse.moveTo(from)
      return mouse.button('left', true)
    }
    case 'drag': {
      const to = at(gesture.at)
      return to === null ? undefined : mouse.moveTo(to)
    }
    case 'dragEnd':
      return mouse.button('left', false)
    case 'scroll':
      return mouse.scrollBy(gesture.dx, gesture.dy)
    default:
      return look(target, gesture)
  }
}

function push(target: TouchTarget, gesture: Gesture): void {
  const { mouse } = target
  switch (gesture.type) {
    case 'pan':
    case 'drag': {
      const gain = trackpadGain * (1 + Math.hypot(gesture.dx, gesture.dy) / quickPx)
      return mouse.moveBy(gesture.dx * gain, gesture.dy * gain)
    }
    case 'tap':
    case 'doubleTap':
      return mouse.click('left')
    case 'longPress':
      return mouse.click('right')
    case 'dragStart':
      return mouse.button('left', true)
    case 'dragEnd':
      return mouse.button('left', false)
    case 'scroll':
      return mouse.scrollBy(gesture.dx, gesture.dy)
    default:
      return look(target, gesture)
  }
}

function clickAt(mouse: MouseOutput, at: Point | null, button: 'left' | 'right'): void {
  if (at === null) return
  mouse.moveTo(at)
  mouse.click(button)
}
