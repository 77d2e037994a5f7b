/** `frames`: ms from each frame to the next. `moves`: ms from each frame in which the picture moved to the next one. */
type Watched = { frames: number[]; moves: number[] }
export type FrameWatch = { stop(): Watched }

/** Runs in the browser; nothing from outside may be used. Notes each frame until `frameWatch.stop()`. */
export function watchFrames(): void {
  const watched: Watched = { frames: [], moves: [] }
  let isOn = true
  let before: { at: number; moved: number; transform: string } | null = null
  const look = (at: number): void => {
    // The style as the last frame left it: a page that moves the picture in a callback of its own is not hurt.
    const transform = document.querySelector('canvas')?.style.transform ?? ''
    if (before === null) before = { at, moved: at, transform }
    watched.frames.push(at - before.at)
    if (transform !== before.transform) {
      const gapMs = at - before.moved
      // Between two gestures nothing moves.
      if (gapMs < 150) watched.moves.push(gapMs)
      before.moved = at
    }
    before = { ...before, at, transform }
    if (isOn) requestAnimationFrame(look)
  }
  requestAnimationFrame(look)
  const frameWatch: FrameWatch = {
    stop() {
      isOn = false
      return watched
    },
  }
  Object.assign(window, { frameWatch })
}
