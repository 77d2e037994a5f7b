import { reactive, ref, watch, type Ref } from 'vue'
import type {
  PictureForm,
  PictureQuality,
  PictureState,
  ScreenClientMessage,
} from '../../../server/contract/screen.ts'
import { DeliveryMeter } from './delivery-meter.ts'
import { PicturePainter } from './picture-painter.ts'
import { keepQuality, storedQuality } from './picture-quality.ts'
import { canDecodeH264, type DecoderTrouble } from './unit-decoder.ts'

/** A decoder that fails twice in this time is not asked again on this page. */
const troubleWindowMs = 10_000
const keyFrameGapMs = 1_000

export type Drawn = { width: number; height: number; reachedAt: number }

/**
 * The pictures of one screen: how they are wanted, in which form they come, and the painter that draws them. `send`
 * answers false without a link; `state` is what the server says of the picture.
 */
export function usePicture(parts: { send(message: ScreenClientMessage): boolean; state(): PictureState }) {
  const meter = new DeliveryMeter()
  const drawn: Ref<Drawn | null> = ref(null)
  const choice = reactive<{ quality: PictureQuality; form: PictureForm | null }>({
    quality: storedQuality(),
    form: null,
  })
  let receivedBytes = 0
  /** Null until the browser has said whether it can. */
  let canDecode: boolean | null = null
  let troubles: number[] = []
  let askedAt = Number.NEGATIVE_INFINITY

  const painter = new PicturePainter({
    drawn: (header) => (drawn.value = header),
    trouble,
    isLive: () => parts.state() === 'live' || parts.state() === 'starting',
  })
  void askBrowser()

  async function askBrowser(): Promise<void> {
    const can = await canDecodeH264()
    canDecode ??= can
    sayWish()
  }

  function sayWish(): void {
    if (canDecode !== null) parts.send({ type: 'view', quality: choice.quality, h264: canDecode })
  }

  function trouble(why: DecoderTrouble): void {
    const now = performance.now()
    troubles = [...troubles.filter((at) => now - at < troubleWindowMs), now]
    if (why === 'unsupported' || troubles.length >= 2) {
      canDecode = false
      return sayWish()
    }
    if (now - askedAt < keyFrameGapMs) return
    askedAt = now
    parts.send({ type: 'keyFrame' })
  }

  watch(
    () => choice.quality,
    (quality) => {
      keepQuality(quality)
      sayWish()
    },
  )

  return {
    choice,
    painter,
    drawn,
    /** A new socket: what was received is counted anew. */
    opened(): void {
      receivedBytes = 0
      painter.restart()
      sayWish()
    },
    received(data: ArrayBuffer): void {
      receivedBytes += data.byteLength
      parts.send({ type: 'ack', bytes: receivedBytes })
      meter.add(data.byteLength, performance.now())
      painter.offer(data)
    },
    delivery: () => meter.read(performance.now()),
  }
}
export type PictureChoice = ReturnType<typeof usePicture>['choice']
