import { onBeforeUnmount, onMounted, watch, type Ref } from 'vue'
import type { RememberedView } from './screen-memory.ts'
import { clamped, fitted, isFitted, resized, type Size, type ViewTransform } from './view-transform.ts'

export type StageViewParts = {
  stage: Readonly<Ref<HTMLElement | null>>
  canvas: Readonly<Ref<HTMLElement | null>>
  /** Lies over the picture, lines of its own width; not there while nothing is to be marked. */
  mark: Readonly<Ref<HTMLElement | null>>
  picture: () => Size
  /** How it was moved and zoomed before; null: the whole picture. */
  initial: RememberedView | null
  /** Moved or zoomed by the person; null: the whole picture again. */
  onMoved(view: RememberedView | null): void
}

/**
 * Where the picture lies on the stage. Fingers move it sixty times a second, so it is written to the elements directly:
 * nothing is rendered anew and nothing is measured meanwhile. Call in setup.
 */
export function useStageView({ stage, canvas, mark, picture, initial, onMoved }: StageViewParts) {
  let view: ViewTransform = { scale: 1, x: 0, y: 0 }
  let stageSize: Size = { width: 1, height: 1 }
  let restored = initial

  function place(next: ViewTransform): void {
    view = next
    const { x, y, scale } = view
    if (canvas.value) canvas.value.style.transform = `translate(${x}px, ${y}px) scale(${scale})`
    if (mark.value === null) return
    const { width, height } = picture()
    mark.value.style.transform = `translate(${x}px, ${y}px)`
    mark.value.style.width = `${width * scale}px`
    mark.value.style.height = `${height * scale}px`
  }

  function stageResized({ width, height }: Size): void {
    const before = stageSize
    stageSize = { width, height }
    place(resized(view, before, stageSize, picture()))
  }

  const observer = new ResizeObserver(([entry]) => entry && stageResized(entry.contentRect))
  onMounted(() => stage.value && observer.observe(stage.value))
  onBeforeUnmount(() => observer.disconnect())
  watch(
    () => `${picture().width}x${picture().height}`,
    () => {
      place(restored ? resized(restored, restored.stage, stageSize, picture()) : fitted(stageSize, picture()))
      restored = null
    },
    { flush: 'post' },
  )
  watch(mark, () => place(view), { flush: 'post' })

  return {
    get view(): ViewTransform {
      return view
    },
    get stageSize(): Size {
      return stageSize
    },
    isWhole: (): boolean => isFitted(view, stageSize, picture()),
    /** Shows another part because of what is on it. */
    place,
    /** The person moved it. */
    move(next: ViewTransform): void {
      place(clamped(next, stageSize, picture()))
      onMoved(isFitted(view, stageSize, picture()) ? null : { ...view, stage: stageSize })
    },
  }
}
