import type { Point } from './engine.ts'

/** Action sequences of W3C WebDriver, the same in its HTTP form and in WebDriver BiDi. */
export type W3cAction = { type: string; id: string; parameters?: object; actions: object[] }

/** Goes to `point`, presses for `holdMs` and lets go. */
export function pressActions(pointerType: 'mouse' | 'touch', { x, y }: Point, holdMs: number): W3cAction[] {
  const actions = [
    { type: 'pointerMove', duration: 0, x: Math.round(x), y: Math.round(y) },
    { type: 'pointerDown', button: 0 },
    { type: 'pause', duration: holdMs },
    { type: 'pointerUp', button: 0 },
  ]
  return [{ type: 'pointer', id: pointerType, parameters: { pointerType }, actions }]
}

/** Each character of `text` down and up. */
export function keyActions(text: string): W3cAction[] {
  const actions = [...text].flatMap((value) => [
    { type: 'keyDown', value },
    { type: 'keyUp', value },
  ])
  return [{ type: 'key', id: 'keyboard', actions }]
}
