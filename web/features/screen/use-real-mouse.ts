import { onBeforeUnmount, onMounted, type Ref } from 'vue'
import type { MouseOutput } from './mouse-output.ts'
import { RealButtons } from './real-buttons.ts'
import type { Point } from './view-transform.ts'

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
  const buttons = new RealButtons((button, down) => mouse.button(button, down))
  const isCaught = (): boolean => document.pointerLockElement === stage.value && stage.value !== null
  function letGo(): void {
    buttons.release()
    if (isCaught()) document.exitPointerLock()
  }

  function movedWhileCaught(event: MouseEvent): void {
    if (isCaught()) mouse.moveBy(event.movementX, event.movementY)
  }
  // Let go by Esc in the middle of a drag: the release would be no longer ours to see.
  const caughtOrNot = (): void => buttons.release()
  onMounted(() => {
    document.addEventListener('mousemove', movedWhileCaught)
    document.addEventListener('pointerlockchange', caughtOrNot)
  })
  onBeforeUnmount(() => {
    document.removeEventListener('mousemove', movedWhileCaught)
    document.removeEventListener('pointerlockchange', caughtOrNot)
    letGo()
  })

  /** A press beside the picture, or before the pointer is caught, is not the machine's; a release always is. */
  function follow(event: PointerEvent): void {
    if (mouseMode() === 'trackpad') return buttons.follow(event, isCaught())
    const at = toMouse(event)
    if (at !== null) mouse.moveTo(at)
    buttons.follow(event, at !== null)
  }

  return {
    /** True for events that are this mouse's and not a finger's. */
    takes: (event: PointerEvent): boolean => event.pointerType === 'mouse' && mouseMode() !== 'off',
    letGo,
    down(event: PointerEvent): void {
      follow(event)
      if (mouseMode() !== 'trackpad' || isCaught()) return
      // Refused when the person let go a moment ago; the next click asks again.
      Promise.resolve(stage.value?.requestPointerLock()).catch(() => undefined)
    },
    move: follow,
    up: follow,
    cancel: () => buttons.release(),
  }
}
