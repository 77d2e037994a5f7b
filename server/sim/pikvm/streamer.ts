import { sleep, type CancelTimer, type SimClock } from '../machine/clock.ts'
import type { VideoSignal } from '../machine/machine-types.ts'
import type { SeenMachine } from '../machine/seen-machine.ts'
import { KvmdError } from './errors.ts'
import { validNumber } from './validators.ts'

/** Parameters of the streamer that a client may change for everyone. */
export interface StreamerParams {
  desired_fps: number
  quality: number
  h264_bitrate: number
  h264_gop: number
}

/** One reader of the MJPEG stream as `clients_stat` shows it. */
export interface StreamReader {
  id: string
  key: string
  fps: number
  extraHeaders: boolean
  advanceHeaders: boolean
}

/** How long the streamer takes, in milliseconds of the clock. */
const TIMES = {
  spawnMs: 35,
  acquireMs: 250,
  stopAfterMs: 10_000,
  debounceMs: 1000,
  restartMs: 1000,
} as const

const LIMITS = {
  desired_fps: { min: 0, max: 90 },
  h264_bitrate: { min: 25, max: 20_000 },
  h264_gop: { min: 0, max: 60 },
}

/** `spawning`: no process yet; `starting`: a process without a picture; `live`: it follows the signal. */
type StreamerPhase = 'stopped' | 'spawning' | 'starting' | 'live'

/** Options of the streamer of a simulated PiKVM. */
export interface StreamerOptions {
  machine: SeenMachine
  /** Runs without viewers too. */
  forever: boolean
  onChange: () => void
  /** The process ended: every open MJPEG stream ends. */
  onStopped: () => void
}

/** ustreamer's life under kvmd: it runs while a `stream=1` socket is open and ten seconds more. */
export class KvmdStreamer {
  readonly readers = new Map<string, StreamReader>()
  /** Clients of the media socket that read H.264 now. */
  h264Readers = 0
  readonly #options: StreamerOptions
  readonly #clock: SimClock
  #phase: StreamerPhase = 'stopped'
  #generation = 0
  #stopTimer: CancelTimer | null = null
  #debounce: CancelTimer | null = null
  #params: StreamerParams = { desired_fps: 30, quality: 80, h264_bitrate: 5000, h264_gop: 0 }
  #pending: Partial<StreamerParams> = {}
  #lastSize = { width: 640, height: 480 }
  #savedSnapshot: { online: boolean; width: number; height: number } | null = null

  constructor(options: StreamerOptions) {
    this.#options = options
    this.#clock = options.machine.clock
    if (options.forever) this.#start()
  }

  /** True while there is a process that answers. */
  get isRunning(): boolean {
    return this.#phase === 'starting' || this.#phase === 'live'
  }

  /** True while the process has not found its picture yet. */
  get isAcquiring(): boolean {
    return this.#phase === 'starting'
  }

  get quality(): number {
    return this.#params.quality
  }

  get desiredFps(): number {
    return this.#params.desired_fps
  }

  /** H.264 frames from one key frame to the next; 0: they come on request alone. */
  get gop(): number {
    return this.#params.h264_gop
  }

  /** The picture that the streamer has: none before it acquired one, the last size while the signal is lost. */
  get source(): VideoSignal {
    if (this.#phase !== 'live') return { online: false, ...this.#lastSize }
    const video = this.#options.machine.video
    if (video.online) this.#lastSize = { width: video.width, height: video.height }
    return { online: video.online, ...this.#lastSize }
  }

  /** Tells how many sockets want the stream; zero stops it after ten seconds. */
  setViewers(count: number): void {
    if (count > 0 || this.#options.forever) {
      this.#stopTimer?.()
      this.#stopTimer = null
      if (this.#phase === 'stopped') this.#start()
      return
    }
    if (this.#phase === 'stopped' || this.#stopTimer) return
    this.#stopTimer = this.#clock.after(TIMES.stopAfterMs, () => {
      this.#stopTimer = null
      this.#stop()
    })
  }

  /** kvmd's full `streamer` state. */
  state() {
    return {
      features: { quality: true, resolution: false, h264: true },
      limits: LIMITS,
      params: { ...this.#params },
      applied: { ...this.#params },
      streamer: this.processState(),
      snapshot: { saved: this.#savedSnapshot },
    }
  }

  /** ustreamer's own `/state`, or null while it does not run. */
  processState() {
    if (!this.isRunning) return null
    const source = this.source
    const readers = [...this.readers.values()]
    return {
      instance_id: '',
      encoder: { type: 'CPU', quality: this.#params.quality },
      h264: {
        bitrate: this.#params.h264_bitrate,
        gop: this.#params.h264_gop,
        online: this.#phase === 'live',
        fps: 0,
      },
      sinks: { jpeg: { has_clients: false }, h264: { has_clients: this.h264Readers > 0 } },
      source: {
        resolution: { width: source.width, height: source.height },
        online: source.online,
        desired_fps: this.#params.desired_fps,
        captured_fps: source.online ? 30 : 0,
      },
      stream: {
        queued_fps: readers.reduce((most, reader) => Math.max(most, reader.fps), 0),
        clients: readers.length,
        clients_stat: Object.fromEntries(readers.map((reader) => [reader.id, statOf(reader)])),
      },
    }
  }

  /** Takes new parameters; they are applied a second later by a restart. @throws KvmdError 400 */
  setParams(query: URLSearchParams): void {
    if (query.get('resolution'))
      throw new KvmdError(
        'StreamerResolutionNotSupported',
        400,
        'This streamer does not support resolution settings',
      )
    const changes = changesOf(query, this.#params)
    this.#pending = { ...this.#pending, ...changes }
    if (Object.keys(this.#pending).length === 0) return
    this.#debounce?.()
    this.#debounce = this.#clock.after(TIMES.debounceMs, () => this.#applyPending())
  }

  /** Stops and starts again after a second, if it runs and is not about to stop. */
  restart(): void {
    if (this.#phase === 'stopped' || this.#stopTimer) return
    this.#stop()
    const generation = this.#generation
    this.#clock.after(TIMES.restartMs, () => {
      if (generation === this.#generation) this.#start()
    })
  }

  saveSnapshot(saved: { online: boolean; width: number; height: number } | null): void {
    this.#savedSnapshot = saved
    this.#options.onChange()
  }

  get savedSnapshot(): { online: boolean; width: number; height: number } | null {
    return this.#savedSnapshot
  }

  /** Ends everything at once, as a kvmd shutdown does. */
  kill(): void {
    this.#stopTimer?.()
    this.#stopTimer = null
    this.#debounce?.()
    this.#debounce = null
    this.#stop()
  }

  #applyPending(): void {
    this.#debounce = null
    for (const [name, value] of Object.entries(this.#pending)) {
      const limit = Object.entries(LIMITS).find(([key]) => key === name)?.[1]
      if (limit && (value < limit.min || value > limit.max)) continue
      this.#params = { ...this.#params, [name]: value }
    }
    this.#pending = {}
    this.restart()
    this.#options.onChange()
  }

  #start(): void {
    this.#phase = 'spawning'
    const generation = ++this.#generation
    void this.#run(generation)
  }

  async #run(generation: number): Promise<void> {
    await sleep(this.#clock, TIMES.spawnMs)
    if (generation !== this.#generation) return
    this.#setPhase('starting')
    await sleep(this.#clock, TIMES.acquireMs)
    if (generation === this.#generation) this.#setPhase('live')
  }

  #stop(): void {
    this.#generation += 1
    this.#lastSize = { width: 640, height: 480 }
    if (this.#phase === 'stopped') return
    this.#setPhase('stopped')
    this.#options.onStopped()
  }

  #setPhase(phase: StreamerPhase): void {
    this.#phase = phase
    this.#options.onChange()
  }
}

function statOf(reader: StreamReader) {
  return {
    fps: reader.fps,
    extra_headers: reader.extraHeaders,
    advance_headers: reader.advanceHeaders,
    dual_final_frames: false,
    zero_data: false,
    key: reader.key,
  }
}

const RULES: Readonly<Record<keyof StreamerParams, { name: string; min: number; max: number }>> = {
  quality: { name: 'stream quality', min: 1, max: 100 },
  desired_fps: { name: 'stream FPS', min: 0, max: 120 },
  h264_bitrate: { name: 'stream H264 bitrate', min: 25, max: 20_000 },
  h264_gop: { name: 'stream H264 GOP', min: 0, max: 60 },
}

function changesOf(query: URLSearchParams, current: StreamerParams): Partial<StreamerParams> {
  const changes: Partial<StreamerParams> = {}
  for (const name of ['quality', 'desired_fps', 'h264_bitrate', 'h264_gop'] as const) {
    if (!query.get(name)) continue
    const value = validNumber(query.get(name), RULES[name])
    if (value !== current[name]) changes[name] = value
  }
  return changes
}
