import type { H264Source, JpegFrame, VideoSource } from '../driver.ts'
import type { PictureGate } from './picture-gate.ts'

export type SeatVideoParts = {
  /** Whether pictures are this machine's. */
  gate: PictureGate
  /** The device says that its source has a signal. */
  isSourceOnline(): boolean
  /** A picture of this machine came, before whoever asked for it gets it. */
  onPicture(): void
}

/** The pictures of a shared KVM as one machine has them: only while the gate says that they are its own. */
export function createSeatVideo(all: VideoSource, parts: SeatVideoParts): VideoSource {
  const { h264 } = all
  const { gate, onPicture } = parts
  return {
    ...(h264 && { h264: seatH264(h264, parts) }),
    subscribe: (onFrame) => gate.whileOpen(() => all.subscribe(noting(onPicture, onFrame))),
    async still(options) {
      if (!gate.isOpen) return null
      const { turn } = gate
      const picture = await all.still(options)
      // It may have been asked for here and taken there.
      if (!gate.isOpen || gate.turn !== turn) return null
      if (picture?.online === true) onPicture()
      return picture
    },
    ...(all.keepAwake && { keepAwake: () => gate.whileOpen(() => all.keepAwake?.() ?? (() => undefined)) }),
  }
}

function noting(onPicture: () => void, onFrame: (frame: JpegFrame) => void): (frame: JpegFrame) => void {
  return (frame) => {
    if (frame.online) onPicture()
    onFrame(frame)
  }
}

function seatH264(all: H264Source, { gate, isSourceOnline, onPicture }: SeatVideoParts): H264Source {
  return {
    get offered() {
      return all.offered
    },
    subscribe(listener) {
      let hasEnded = false
      return gate.whileOpen(() => {
        if (hasEnded) return () => undefined
        return all.subscribe({
          onUnit: (unit) => {
            // Without a signal a placeholder comes as a key frame each second.
            if (!unit.isKey || isSourceOnline()) onPicture()
            listener.onUnit(unit)
          },
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
