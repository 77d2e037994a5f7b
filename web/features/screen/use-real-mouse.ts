import { onBeforeUnmount, onMounted, type Ref } from 'vue'
import type { MouseButtonName, MouseOutput } from './mouse-output.ts'
import type { Point } from './view-transform.ts'

const buttons: readonly MouseButtonName[] = ['left', 'middle', 'right']

export type RealMouseTarget = {
  stage: Readonly<Ref<HTMLElement | null>>
  mouse: MouseOutput
  mouseMode(): 'off' | 'direct' | 'trackpad'
  toMouse(event: MouseEvent): Point | null
}

/**
 * A laptop's own mouse on the stage. Where the machine's mouse is relative the first click catches the pointer
 * (pointer lock; Esc lets it go), since its position means nothing there. Call in setup.
 */
export function useRealMouse({ stage, mouse, mouseMode, toMouse }: RealMouseTarget) {
  const isCaught = (): boolean => document.pointerLockElement === stage.value && stage.value !== null
  const letGo = (): void => {
    if (isCaught()) document.exitPointerLock()
  }

  function movedWhileCaught(event: MouseEvent): void {
    if (isCaught()) mouse.moveBy(event.movementX, event.movementY)
  }
  onMounted(() => document.addEventListener('mousemove', movedWhileCaught))
  onBeforeUnmount(() => {
    document.removeEventListener('mousemove', movedWhileCaught)
    letGo()
  })

  return {
    /** True for events that are this mouse's and not a finger's. */
    takes: (event: PointerEvent): boolean => event.pointerType === 'mouse' && mouseMode() !== 'off',
    letGo,
    down(event: PointerEvent): void {
      const button = buttons[event.button]
      if (button === undefined) return
      if (mouseMode() === 'trackpad') {
        if (isCaught()) return mouse.button(button, true)
        // Refused when the person let go a moment ago; the next click asks again.
        Promise.resolve(stage.value?.requestPointerLock()).catch(() => undefined)
        return
      }
      const at = toMouse(event)
      if (at === null) return
      mouse.moveTo(at)
      mouse.button(button, true)
    },
    move(event: PointerEvent): void {
      const at = mouseMode() === 'direct' ? toMouse(event) : null
      if (at !== null) mouse.moveTo(at)
    },
    up(event: PointerEvent): void {
      const button = buttons[event.button]
      if (button !== undefined && (mouseMode() === 'direct' || isCaught())) mouse.button(button, false)
    },
  }
}
