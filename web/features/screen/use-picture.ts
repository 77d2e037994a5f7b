import { reactive, ref, shallowRef, watch, type Ref, type ShallowRef } from 'vue'
import type { PictureHeader } from '../../../server/contract/picture-header.ts'
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
import type { Size } from './view-transform.ts'

/** A decoder that fails twice in this time is not asked again on this page. */
const troubleWindowMs = 10_000
const keyFrameGapMs = 1_000

/** Pictures come thirty times a second; what is said about them is worked out anew only this often. */
const saidEveryMs = 250

/**
 * The pictures of one screen: how they are wanted, in which form they come, and the painter that draws them. `send`
 * answers false without a link; `state` is what the server says of the picture.
 */
export function usePicture(parts: {
  send(message: ScreenClientMessage): boolean
  state(): PictureState
  /** Another picture is on the canvas. */
  onDrawn(): void
}) {
  const meter = new DeliveryMeter()
  /** Of the picture on show; null before the first. */
  const size: ShallowRef<Size | null> = shallowRef(null)
  /** Server time of the picture on show, to about a quarter of a second. */
  const drawnAt: Ref<number | null> = ref(null)
  let lastAt: number | null = null
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

  function show({ width, height, reachedAt }: PictureHeader, canvas: HTMLCanvasElement | null): void {
    const seen = canvas === null ? null : watcher.look(canvas, reachedAt)
    if (seen !== null) motion.value = seen
    firstAt.value ??= reachedAt
    lastAt = reachedAt
    if (Math.abs(reachedAt - (drawnAt.value ?? 0)) >= saidEveryMs) drawnAt.value = reachedAt
    if (size.value?.width !== width || size.value.height !== height) size.value = { width, height }
    parts.onDrawn()
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
    size,
    drawnAt,
    /** Server time of the picture on show, exactly. */
    lastAt: () => lastAt,
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
