import type { WebSocket } from 'ws'
import type { Kvmd, KvmdPart } from './kvmd.ts'
import { applyBinaryInput, applyJsonInput } from './input-protocol.ts'
import { KEYMAPS, MSD_DISABLED, OCR_STATE } from './static-state.ts'
import { keepHeartbeat, type HeartbeatTimes } from './ws-heartbeat.ts'

/** Options of the control websocket of a simulated PiKVM. */
export interface WsHubOptions {
  kvmd: Kvmd
  heartbeat: HeartbeatTimes
  /** Event names with `_state`, as kvmd before 4.36 sent them. */
  legacyEventNames: boolean
  /** While true the device looks dead: nothing in, nothing out. */
  isSilenced: () => boolean
  /** While true, events are sent that are not JSON. */
  sendsGarbage: () => boolean
}

const MESSAGE_LIMIT_BYTES = 4 * 1024 * 1024

interface Client {
  socket: WebSocket
  stream: boolean
}

/** How often kvmd looks at the streamer, and at its own health, while somebody is connected. */
const POLL_MS = { streamer: 1000, info: 5000 } as const

/** The control sockets: states to all of them, input from any of them, keys released when one comes or goes. */
export class WsHub {
  readonly #options: WsHubOptions
  readonly #clients = new Set<Client>()
  readonly #last = new Map<string, string>()
  #lastIo: ReturnType<Kvmd['gpio']['ioState']> | null = null
  #lastStreamer: Record<string, unknown> = {}
  #timers: NodeJS.Timeout[] = []
  #queued = new Set<KvmdPart>()

  constructor(options: WsHubOptions) {
    this.#options = options
  }

  /** The sockets that are open now. */
  get clients(): readonly { stream: boolean }[] {
    return [...this.#clients].map(({ stream }) => ({ stream }))
  }

  /** Takes over an upgraded socket. `stream` is true for one that counts as a viewer. */
  add(socket: WebSocket, stream: boolean): void {
    const { kvmd, heartbeat, isSilenced } = this.#options
    const client = { socket, stream }
    this.#clients.add(client)
    kvmd.hid.clear()
    this.#sendTo(client, 'loop', { version: { major: 4, minor: 197 } })
    kvmd.streamer.setViewers(this.#viewers())
    this.#broadcastClients()
    this.#broadcastEverything()
    keepHeartbeat(socket, heartbeat, isSilenced)
    socket.on('message', (data, isBinary) => this.#receive(client, toBuffer(data), isBinary))
    socket.on('ping', (data) => {
      if (!isSilenced()) socket.pong(data)
    })
    socket.on('error', () => socket.terminate())
    socket.on('close', () => this.#remove(client))
    this.#startPolling()
  }

  /** A part may have changed: sends what is new of it to everyone, once per turn of the loop. */
  changed(part: KvmdPart): void {
    if (this.#clients.size === 0) return
    if (this.#queued.size === 0) setImmediate(() => this.#flush())
    this.#queued.add(part)
  }

  /** Closes every socket with 1000, as kvmd does when it stops. */
  closeAll(): void {
    for (const { socket } of this.#clients) socket.close(1000)
  }

  /** Drops every socket without a word. */
  terminateAll(): void {
    for (const { socket } of this.#clients) socket.terminate()
  }

  #receive(client: Client, data: Buffer, isBinary: boolean): void {
    if (this.#options.isSilenced()) return
    // Its web server drops the connection before a close code gets out.
    if (data.length > MESSAGE_LIMIT_BYTES) return client.socket.terminate()
    if (isBinary) this.#receiveBinary(client, data)
    else this.#receiveText(client, data)
  }

  #receiveBinary(client: Client, data: Buffer): void {
    if (data.length === 0) client.socket.close(1000)
    else if (data[0] === 0) client.socket.send(Buffer.from([0xff]))
    else applyBinaryInput(this.#options.kvmd.hid, data)
  }

  #receiveText(client: Client, data: Buffer): void {
    const message = parseEvent(data)
    if (!message) return
    if (message.type === 'ping') this.#sendTo(client, 'pong', {})
    else applyJsonInput(this.#options.kvmd.hid, message.type, message.event)
  }

  #remove(client: Client): void {
    if (!this.#clients.delete(client)) return
    this.#options.kvmd.hid.clear()
    this.#options.kvmd.streamer.setViewers(this.#viewers())
    this.#broadcastClients()
    if (this.#clients.size === 0) this.#stopPolling()
  }

  #viewers(): number {
    return [...this.#clients].filter(({ stream }) => stream).length
  }

  #broadcastClients(): void {
    this.#broadcast('clients', { count: this.#viewers() })
  }

  #broadcastEverything(): void {
    const { kvmd } = this.#options
    const [auth, ...otherInfo] = Object.entries(kvmd.info.parts())
    this.#lastIo = kvmd.gpio.ioState()
    this.#broadcast('gpio', kvmd.gpio.fullState())
    this.#broadcastIfNew('atx', kvmd.atx.state(), true)
    this.#broadcast('msd', MSD_DISABLED)
    this.#broadcast('ocr', OCR_STATE)
    if (auth) this.#broadcast('info', Object.fromEntries([auth]))
    this.#broadcast('hid_keymaps', KEYMAPS)
    const streamer = kvmd.streamer.state()
    this.#lastStreamer = streamer
    this.#broadcast('streamer', streamer)
    this.#broadcast('switch', kvmd.switch.state())
    this.#broadcastClients()
    this.#broadcastIfNew('hid', kvmd.hid.state(), true)
    for (const entry of otherInfo) this.#broadcast('info', Object.fromEntries([entry]))
  }

  #flush(): void {
    const parts = this.#queued
    this.#queued = new Set()
    const { kvmd } = this.#options
    if (parts.has('atx')) this.#broadcastIfNew('atx', kvmd.atx.state(), false)
    if (parts.has('hid')) this.#broadcastIfNew('hid', kvmd.hid.state(), false)
    if (parts.has('gpio')) this.#broadcastGpioChanges()
    if (parts.has('streamer')) this.#pollStreamer()
    if (parts.has('switch')) for (const event of kvmd.switch.takeChanges()) this.#broadcast('switch', event)
  }

  #broadcastGpioChanges(): void {
    const now = this.#options.kvmd.gpio.ioState()
    const before = this.#lastIo ?? { inputs: {}, outputs: {} }
    this.#lastIo = now
    const inputs = changedEntries(before.inputs, now.inputs)
    const outputs = changedEntries(before.outputs, now.outputs)
    const state = { ...(inputs ? { inputs } : {}), ...(outputs ? { outputs } : {}) }
    if (Object.keys(state).length > 0) this.#broadcast('gpio', { state })
  }

  #pollStreamer(): void {
    const state = this.#options.kvmd.streamer.state()
    const changes = changedEntries(this.#lastStreamer, state)
    this.#lastStreamer = state
    if (!changes) return
    const withLimits = 'params' in changes || 'applied' in changes ? { limits: state.limits } : {}
    this.#broadcast('streamer', { ...changes, ...withLimits })
  }

  #startPolling(): void {
    if (this.#timers.length > 0) return
    const { info } = this.#options.kvmd
    this.#timers = [
      setInterval(() => this.#pollStreamer(), POLL_MS.streamer),
      setInterval(() => {
        this.#broadcast('info', { uptime: info.uptime() })
        this.#broadcast('info', { health: info.health() })
      }, POLL_MS.info),
    ]
    for (const timer of this.#timers) timer.unref()
  }

  #stopPolling(): void {
    for (const timer of this.#timers) clearInterval(timer)
    this.#timers = []
  }

  #broadcastIfNew(type: string, event: object, always: boolean): void {
    const text = JSON.stringify(event)
    if (!always && this.#last.get(type) === text) return
    this.#last.set(type, text)
    this.#broadcast(type, event)
  }

  #broadcast(type: string, event: object): void {
    for (const client of this.#clients) this.#sendTo(client, type, event)
  }

  #sendTo({ socket }: Client, type: string, event: object): void {
    if (socket.readyState !== socket.OPEN || this.#options.isSilenced()) return
    if (this.#options.sendsGarbage()) return socket.send('{"event_type": "atx", "event": {"leds":')
    const isOld = this.#options.legacyEventNames && type !== 'loop' && type !== 'pong'
    socket.send(JSON.stringify({ event_type: isOld ? `${type}_state` : type, event }))
  }
}

function toBuffer(data: Buffer | ArrayBuffer | Buffer[]): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data)
  return Buffer.isBuffer(data) ? data : Buffer.from(data)
}

function parseEvent(data: Buffer): { type: string; event: Record<string, unknown> } | undefined {
  let message: unknown
  try {
    message = JSON.parse(data.toString('utf8'))
  } catch {
    // kvmd logs it and goes on.
    return undefined
  }
  if (typeof message !== 'object' || message === null || !('event_type' in message)) return undefined
  const { event_type: type, event } = message as { event_type: unknown; event?: unknown }
  if (typeof type !== 'string' || typeof event !== 'object' || event === null) return undefined
  return { type, event: event as Record<string, unknown> }
}

function changedEntries<T extends object>(before: T, now: T): Partial<T> | undefined {
  const previous = new Map(Object.entries(before).map(([key, value]) => [key, JSON.stringify(value)]))
  const changed = Object.entries(now).filter(([key, value]) => previous.get(key) !== JSON.stringify(value))
  return changed.length > 0 ? (Object.fromEntries(changed) as Partial<T>) : undefined
}
