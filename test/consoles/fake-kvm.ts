import type { KvmState } from '../../server/contract/state.ts'
import type {
  EndpointConnection,
  H264End,
  H264Listener,
  H264Source,
  H264Unit,
  InputSink,
  JpegFrame,
  PointerEvent,
  VideoSource,
} from '../../server/drivers/driver.ts'

/** The machine's end of the cable: what came, and what is down there now. Lets go of all when told, as kvmd does. */
export class FakeKeyboard implements InputSink {
  readonly events: string[] = []
  readonly down = new Set<string>()
  isConnected = true
  #listeners = new Set<() => void>()

  key(code: string, down: boolean): boolean {
    if (!this.isConnected) return false
    this.events.push(`${down ? '+' : '-'}${code}`)
    if (down) this.down.add(code)
    else this.down.delete(code)
    return true
  }

  pointer(event: PointerEvent): boolean {
    if (!this.isConnected) return false
    if (event.type !== 'button') {
      this.events.push(event.type)
      return true
    }
    return this.key(`mouse:${event.button}`, event.down)
  }

  onReleased(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** A websocket client of the KVM came or went. */
  releaseAll(): void {
    this.down.clear()
    for (const listener of this.#listeners) listener()
  }

  /** The control socket died: kvmd lets go of everything. */
  disconnect(): void {
    this.isConnected = false
    this.down.clear()
  }
}

/** H.264 that keeps the promises of the interface: a newcomer starts with a key frame. */
export class FakeH264 implements H264Source {
  offered: boolean | null = null
  keyFrameRequests = 0
  readonly subscribers = new Map<H264Listener, boolean>()

  subscribe(listener: H264Listener): () => void {
    this.subscribers.set(listener, false)
    return () => this.subscribers.delete(listener)
  }

  requestKeyFrame(): void {
    this.keyFrameRequests += 1
  }

  emit(unit: Partial<H264Unit> & { reachedAt: number }): void {
    const base = { bytes: Buffer.from('unit'), codec: 'avc1.42c028', width: 1280, height: 720 }
    const full = { ...base, isKey: false, generation: 1, ...unit }
    for (const [listener, hasKey] of this.subscribers) {
      if (!hasKey && !full.isKey) continue
      this.subscribers.set(listener, true)
      listener.onUnit(full)
    }
  }

  end(why: H264End): void {
    if (why === 'notOffered') this.offered = false
    const listeners = [...this.subscribers.keys()]
    this.subscribers.clear()
    for (const listener of listeners) listener.onEnd?.(why)
  }
}

export class FakeVideo implements VideoSource {
  readonly h264 = new FakeH264()
  readonly stills: { maxWidth: number; maxAgeMs?: number }[] = []
  awake = 0
  /** What the next stills are; null: no picture now. */
  nextStill: JpegFrame | null = null
  readonly subscribers = new Set<(frame: JpegFrame) => void>()
  subscriptions = 0

  subscribe(onFrame: (frame: JpegFrame) => void): () => void {
    this.subscriptions += 1
    this.subscribers.add(onFrame)
    return () => this.subscribers.delete(onFrame)
  }

  still(options: { maxWidth: number; maxAgeMs?: number }): Promise<JpegFrame | null> {
    this.stills.push(options)
    return Promise.resolve(this.nextStill)
  }

  keepAwake(): () => void {
    this.awake += 1
    return () => (this.awake -= 1)
  }

  emit(frame: Partial<JpegFrame> & { reachedAt: number }): void {
    const full = { bytes: Buffer.from('jpeg'), width: 1280, height: 720, online: true, ...frame }
    for (const subscriber of this.subscribers) subscriber(full)
  }
}

function observed<T>(value: T | null): { value: T | null; observedAt: number; since: number } {
  return { value, observedAt: 0, since: 0 }
}

export function kvmState(change: Partial<KvmState> = {}): KvmState {
  return {
    endpointId: 'kvm1',
    reachable: observed(true),
    problem: null,
    signal: observed({ present: true, width: 1280, height: 720 }),
    pictureChangedAt: null,
    power: observed<'on' | 'off'>('on'),
    hddActive: observed(false),
    atxBusy: observed(false),
    atxEnabled: observed(true),
    ledWiring: 'wired',
    keyboardOnline: observed(true),
    mouseOnline: observed(true),
    mouseAbsolute: observed(true),
    capsLock: observed(false),
    streamerRunning: observed(true),
    cpuTemperatureC: observed<number>(null),
    throttled: observed(false),
    ...change,
  }
}

export class FakeKvm implements EndpointConnection {
  readonly power = null
  readonly video = new FakeVideo()
  readonly input = new FakeKeyboard()
  #state = kvmState()
  readonly #listeners = new Set<(state: KvmState) => void>()

  readonly state = {
    read: () => this.#state,
    get state(): KvmState {
      return this.read()
    },
    onChange: (listener: (state: KvmState) => void) => {
      this.#listeners.add(listener)
      return () => this.#listeners.delete(listener)
    },
  }

  set(change: Partial<KvmState>): void {
    this.#state = { ...this.#state, ...change }
    for (const listener of this.#listeners) listener(this.#state)
  }

  close(): Promise<void> {
    return Promise.resolve()
  }
}
