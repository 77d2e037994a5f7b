import type { BmcQuirk, SwitchPort } from '../contract/inventory.ts'
import type { StreamChange, StreamChanged, StreamSettings } from '../contract/stream-settings.ts'
import type { BmcBoot, BmcState, BootChoice, KvmState, LedWiring, LinkProblem } from '../contract/state.ts'

/** Undo of a subscription; calling it twice is harmless. */
export type Unsubscribe = () => void

/** What a driver needs to talk to one endpoint. Secrets are plain here and must not be logged or kept elsewhere. */
export type EndpointAccess = {
  endpointId: string
  address: string
  port: number
  user: string
  password: string
  totpSecret: string | null
  /** SHA-256 of the SPKI, `AA:BB:…`. Nothing secret is sent before the peer has shown it. Empty for a BMC: it has none. */
  pin: string
  /** Last address that a name resolved to, used when look-up fails or takes over 1 s. */
  lastGoodAddress: string | null
  /** What was known of each machine's power LED wire when the connection was last open (`KvmState.ledWiring`). */
  ledWirings?: readonly SeenLedWiring[]
  /** It had a switch behind it when it was last asked what it has. */
  hasSwitch?: boolean
  /** Only of a BMC. `suite` null: the safest one that it has. */
  ipmi?: { kg: string | null; suite: number | null; quirks: readonly BmcQuirk[] }
}

/** `port` null: of the machine that is plugged in directly. */
export type SeenLedWiring = { port: number | null; ledWiring: LedWiring }

export type PresentedCertificate = {
  fingerprint: string
  subject: string
  validFrom: number
  validTo: number
}

/** One physical press or switch. What it does to the machine is the caller's knowledge. */
export type PowerSignal =
  | { target: 'atx'; button: 'power' | 'powerLong' | 'reset' }
  | { target: `atx:${number}`; button: 'power' | 'powerLong' | 'reset' }
  | { target: 'ipmi'; command: 'on' | 'off' | 'cycle' | 'reset' | 'soft' | 'nmi' }
  | { target: `gpio:${string}`; operation: 'pulse' | 'switchOn' | 'switchOff'; pulseMs?: number }

/**
 * `notSent`: nothing can have reached the device (another path may be tried). `acknowledged`: the device answered
 * that it took the command, which proves nothing about the machine. `unknown`: bytes may have arrived.
 */
export type SendOutcome = { outcome: 'notSent' | 'acknowledged' | 'unknown'; reason: string; at: number }

export interface PowerControl {
  /** Never throws for device trouble, never retries, never sends twice. */
  send(signal: PowerSignal, abort: AbortSignal): Promise<SendOutcome>
}

export type JpegFrame = {
  bytes: Buffer
  width: number
  height: number
  /** False while the source has no signal and the streamer sends a placeholder. */
  online: boolean
  /** ms, our clock, when the whole frame had arrived. */
  reachedAt: number
}

/** One H.264 access unit. */
export type H264Unit = {
  /** Annex B; a key frame holds its parameter sets. */
  bytes: Buffer
  /** An IDR picture: decoding can start here. Any other unit needs every one since. */
  isKey: boolean
  /** For a decoder, from the stream's own parameter sets, e.g. `avc1.42c028`. */
  codec: string
  width: number
  height: number
  /** Another number than before: a decoder must be configured anew. Such a unit is a key frame. */
  generation: number
  /** ms, our clock, when the whole unit had arrived. */
  reachedAt: number
}

export type H264Listener = {
  /**
   * The first unit is a key frame, and none is left out after it: where the device lost some, the next one is a key
   * frame.
   */
  onUnit(unit: H264Unit): void
  /** The subscription is over: the device has no H.264 (`notOffered`) or does not serve it now (`unavailable`). */
  onEnd?(why: H264End): void
}
export type H264End = 'notOffered' | 'unavailable'

export interface H264Source {
  /** What the device said when it was last asked; null before. */
  readonly offered: boolean | null
  /** First subscriber starts the one upstream, which comes back by itself; it ends 30 s after the last. */
  subscribe(listener: H264Listener): Unsubscribe
  /** Asks for a key frame, for all subscribers. Requests are merged to one in 2 s. Without an upstream: nothing. */
  requestKeyFrame(): void
}

export interface VideoSource {
  /** Absent where the driver knows no H.264. */
  readonly h264?: H264Source
  /** First subscriber starts the one upstream; it ends 30 s after the last. */
  subscribe(onFrame: (frame: JpegFrame) => void): Unsubscribe
  /**
   * One small still, serialised and cached per device. One of the same size may be reused while it is younger than
   * `maxAgeMs` (2 s where not said). Opens no socket. Null: no picture now.
   */
  still(options: { maxWidth: number; quality: number; maxAgeMs?: number }): Promise<JpegFrame | null>
  /** Keeps the device's streamer running without reading it, as stills need; where that is not needed it is absent. */
  keepAwake?(): Unsubscribe
}

export type PointerEvent =
  | { type: 'button'; button: 'left' | 'middle' | 'right' | 'up' | 'down'; down: boolean }
  | { type: 'move'; x: number; y: number }
  | { type: 'relative'; dx: number; dy: number }
  | { type: 'wheel'; dx: number; dy: number }

export interface InputSink {
  /** False when the event could not be put on the control socket (nothing is queued). */
  key(code: string, down: boolean): boolean
  pointer(event: PointerEvent): boolean
  /**
   * The device released every held key (a websocket client came or went): after this call the holder of control
   * should be pressed again what they still hold.
   */
  onReleased(listener: () => void): Unsubscribe
}

export interface StateSource {
  readonly state: KvmState
  onChange(listener: (state: KvmState) => void): Unsubscribe
  /** Another machine is plugged in here now: what was seen of the wires of the one before counts no more. */
  forgetMachine?(): void
}

/** What the streamer is told; the same for everybody who looks. */
export interface StreamControl {
  /** Throws AppError `device/*`. */
  read(abort: AbortSignal): Promise<StreamSettings>
  /**
   * Restarts the stream for everybody, which takes about 2 s; resolves with what was read back. Throws AppError
   * `request/invalid` (with `fields`, nothing was sent) or `device/*`.
   */
  change(change: StreamChange, abort: AbortSignal): Promise<StreamChanged>
}

/** What a BMC says, and what it can be told besides power. */
export interface BmcControl {
  readonly state: BmcState
  onChange(listener: (state: BmcState) => void): Unsubscribe
  /** Asks for the power state now; resolves when it is in `state`, or the BMC did not answer. Never rejects. */
  refresh(): Promise<void>
  /** Asks every moment, and listens to the serial console where nobody else has it, until undone. */
  watchClosely(): Unsubscribe
  /** Throws AppError `device/*`. */
  setNextBoot(boot: { device: BootChoice; isPersistent: boolean }, abort: AbortSignal): Promise<BmcBoot>
  /** Blinks the light for so many seconds, 0 turns it off. Throws AppError `device/*`. */
  identify(seconds: number, abort: AbortSignal): Promise<void>
}

/** `closed`: by its holder. `taken`: the device ended it, e.g. for somebody else. `lost`: with the connection. */
export type ByteStreamEnd = 'closed' | 'taken' | 'lost'

/** Bytes both ways, e.g. a serial console. */
export interface ByteStream {
  /** Bytes from the machine. What came since the opening is given to the first listener at once. */
  onData(listener: (bytes: Buffer) => void): Unsubscribe
  /** Resolves when it is over, whoever ended it. */
  readonly ended: Promise<ByteStreamEnd>
  /** Resolves when the device took all of them. Throws AppError `device/*` when it ends before. */
  write(bytes: Uint8Array): Promise<void>
  /** A serial break, in order with what was written. */
  sendBreak(): void
  close(): Promise<void>
}

export interface ByteStreamSource {
  /**
   * Opens the one line there is; holders share it. Throws AppError `device/busy` when somebody outside has it and
   * `takesOver` is not set, `device/unsupported` when there is none.
   */
  open(options: { takesOver: boolean }, abort: AbortSignal): Promise<ByteStream>
}

/** The shortest and the longest pulse that the device makes, ms. It cuts every other to these without a word. */
export type PulseLimits = { minMs: number; maxMs: number }

export type GpioChannel = {
  channel: string
  canSwitch: boolean
  canPulse: boolean
  isInput: boolean
  /** Absent where it makes no pulses, and in what was kept before it was asked for. */
  pulse?: PulseLimits
}

/** What an endpoint said it has, read once when it is added and again on request. */
export type EndpointOffer = {
  model: string
  version: string
  atxEnabled: boolean
  gpio: GpioChannel[]
  hasSwitch: boolean
  /** Of the switch behind it; absent in what was kept before ports were asked for. */
  ports?: SwitchPort[]
  /** Of a BMC: what it belongs to, from its inventory; empty where it does not tell. */
  board?: { manufacturer: string; product: string; serialNumber: string }
}

/** What one machine has of a KVM that it shares with others. */
interface SharedScreen {
  /**
   * Gives the one screen and keyboard to this machine, taking them from the one that has them; `by` is told to all who
   * look. Never throws for device trouble. `state.seat` tells when it is done.
   */
  show(by: string, abort: AbortSignal): Promise<SendOutcome>
}

/** A running connection to one endpoint. Each part is there or null; nobody asks for the kind of device. */
export interface EndpointConnection {
  readonly power: PowerControl | null
  readonly video: VideoSource | null
  /** Absent or null where there is nothing to set. */
  readonly stream?: StreamControl | null
  readonly input: InputSink | null
  /** Of what is no KVM: one that knows nothing and never changes. */
  readonly state: StateSource
  /** Absent or null for what is no BMC. */
  readonly bmc?: BmcControl | null
  readonly serial?: ByteStreamSource | null
  /**
   * A person asks: where the device refused the credentials the next try comes sooner, though not more often than every
   * few seconds. Resolves at its end: why there is no connection, or null when there is one. Absent where it is no use.
   */
  tryAgain?(): Promise<LinkProblem | null>
  /** Only of a connection from `port`. */
  readonly shared?: SharedScreen
  /**
   * The same endpoint as the machine on this port of its switch has it: pictures, keys and what they show are its own
   * or absent, never another machine's. Gives the same one each time; absent where there are no switches.
   */
  port?(port: number): EndpointConnection
  /** Resolves when all sockets and timers of this connection are gone. */
  close(): Promise<void>
}

export type DriverLog = {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
}
/**
 * Where a driver keeps, over a crash of this process, which sessions it holds on the device, so that the next process
 * can close them. Text of the driver's own, without secrets. Never rejects: work must not stop for want of notes.
 */
export type SessionNotes = { load(): Promise<string | null>; save(notes: string): Promise<void> }

export type DriverHooks = {
  log: DriverLog
  now(): number
  /** The device showed another certificate than the pin. */
  onPinMismatch(offered: string): void
  /** A name resolved and the connection worked: worth keeping for the day DNS is dead. */
  onGoodAddress(address: string): void
  /** Absent where nothing survives this process. */
  sessionNotes?: SessionNotes
}

export interface EndpointDriver {
  /** TLS handshake only: nothing secret is sent. Throws AppError `device/*` (`unsupported` where there is no TLS). */
  probe(address: string, port: number, abort: AbortSignal): Promise<PresentedCertificate>
  /** Connects once with credentials and reads what is there. Throws AppError `device/*`. */
  read(access: EndpointAccess, abort: AbortSignal): Promise<EndpointOffer>
  /** Starts at once, never throws; trouble shows in `state.problem`. */
  open(access: EndpointAccess, hooks: DriverHooks): EndpointConnection
}
