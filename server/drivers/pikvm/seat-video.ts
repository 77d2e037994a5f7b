import type { H264Source, VideoSource } from '../driver.ts'
import type { PictureGate } from './picture-gate.ts'

/** The pictures of a shared KVM as one machine has them: only while the gate says that they are its own. */
export function createSeatVideo(all: VideoSource, gate: PictureGate): VideoSource {
  const { h264 } = all
  return {
    ...(h264 && { h264: seatH264(h264, gate) }),
    subscribe: (onFrame) => gate.whileOpen(() => all.subscribe(onFrame)),
    async still(options) {
      if (!gate.isOpen) return null
      const { turn } = gate
      const picture = await all.still(options)
      // It may have been asked for here and taken there.
      return gate.isOpen && gate.turn === turn ? picture : null
    },
    ...(all.keepAwake && { keepAwake: () => gate.whileOpen(() => all.keepAwake?.() ?? (() => undefined)) }),
  }
}

function seatH264(all: H264Source, gate: PictureGate): H264Source {
  return {
    get offered() {
      return all.offered
    },
    subscribe(listener) {
      let hasEnded = false
      return gate.whileOpen(() => {
        if (hasEnded) return () => undefined
        return all.subscribe({
          onUnit: (unit) => listener.onUnit(unit),
          onEnd: (why) => {
            hasEnded = true
            listener.onEnd?.(why)
          },
        })
      })
    },
    requestKeyFrame() {
      if (gate.isOpen) all.requestKeyFrame()
    },
  }
}
