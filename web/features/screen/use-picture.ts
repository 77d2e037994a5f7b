import { reactive, ref, watch, type Ref } from 'vue'
import { PictureJoiner } from '../../../server/contract/picture-parts.ts'
import type {
  PictureForm,
  PictureQuality,
  PictureState,
  ScreenClientMessage,
} from '../../../server/contract/screen.ts'
import { DeliveryMeter } from './delivery-meter.ts'
import { MotionWatch, type Motion } from './picture-motion.ts'
import { PicturePainter } from './picture-painter.ts'
import { keepQuality, storedQuality } from './picture-quality.ts'
import { Receipts } from './receipts.ts'
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
  /** Server time of the first picture on this page. */
  const firstAt: Ref<number | null> = ref(null)
  const motion: Ref<Motion> = ref({ changedAt: null, stirredAt: null })
  const watcher = new MotionWatch()
  const choice = reactive<{ quality: PictureQuality; form: PictureForm | null }>({
    quality: storedQuality(),
    form: null,
  })
  let joiner = new PictureJoiner()
  let receipts = new Receipts()
  /** Null until the browser has said whether it can. */
  let canDecode: boolean | null = null
  let troubles: number[] = []
  let askedAt = Number.NEGATIVE_INFINITY

  const painter = new PicturePainter({
    drawn: (header, canvas) => show(header, canvas),
    trouble,
    isLive: () => parts.state() === 'live' || parts.state() === 'starting',
  })
  void askBrowser()

  async function askBrowser(): Promise<void> {
    const can = await canDecodeH264()
    canDecode ??= can
    sayWish()
  }

  function show(header: Drawn, canvas: HTMLCanvasElement | null): void {
    const seen = canvas === null ? null : watcher.look(canvas, header.reachedAt)
    if (seen !== null) motion.value = seen
    firstAt.value ??= header.reachedAt
    drawn.value = header
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
    motion,
    firstAt,
    /** A new socket: what was received is counted anew. */
    opened(): void {
      joiner = new PictureJoiner()
      receipts = new Receipts()
      painter.restart()
      sayWish()
    },
    received(data: ArrayBuffer): void {
      const now = performance.now()
      const picture = joiner.add(new Uint8Array(data))
      const bytes = receipts.add(data.byteLength, picture !== null, now)
      if (bytes !== null) parts.send({ type: 'ack', bytes })
      if (picture === null) return
      meter.add(picture.byteLength, now)
      painter.offer(picture)
    },
    delivery: () => meter.read(performance.now()),
  }
}
export type PictureChoice = ReturnType<typeof usePicture>['choice']
