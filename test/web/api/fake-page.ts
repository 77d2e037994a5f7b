import { vi } from 'vitest'

/** A websocket that a test opens, feeds and closes; what the page sends is kept in `sent`. */
export class FakeSocket extends EventTarget {
  static readonly CONNECTING = 0
  static readonly OPEN = 1
  static readonly CLOSED = 3
  static all: FakeSocket[] = []
  readyState = FakeSocket.CONNECTING
  binaryType = 'blob'
  sent: unknown[] = []
  readonly url: string

  constructor(url: string) {
    super()
    this.url = url
    FakeSocket.all.push(this)
  }
  send(text: string): void {
    this.sent.push(JSON.parse(text))
  }
  /** The page closes it; on a dead link the close event comes much later, so it does not come here at all. */
  close(): void {
    this.readyState = FakeSocket.CLOSED
  }
  open(): void {
    this.readyState = FakeSocket.OPEN
    this.dispatchEvent(new Event('open'))
  }
  say(message: object | ArrayBuffer): void {
    const data = message instanceof ArrayBuffer ? message : JSON.stringify(message)
    this.dispatchEvent(new MessageEvent('message', { data }))
  }
  /** The other side, or the network, ends it. */
  break(): void {
    this.readyState = FakeSocket.CLOSED
    this.dispatchEvent(new Event('close'))
  }
}

export type FakePage = {
  window: EventTarget
  document: EventTarget & { visibilityState: 'visible' | 'hidden' }
  newest(): FakeSocket
  count(): number
}

/** Stands in for the browser's globals, with fake timers. Undo with `vi.unstubAllGlobals()` and real timers. */
export function fakePage(): FakePage {
  vi.useFakeTimers()
  FakeSocket.all = []
  const window = new EventTarget()
  const document = Object.assign(new EventTarget(), { visibilityState: 'visible' as const })
  vi.stubGlobal('window', window)
  vi.stubGlobal('document', document)
  vi.stubGlobal('location', { protocol: 'https:', host: 'rack.example.net' })
  vi.stubGlobal('WebSocket', FakeSocket)
  return {
    window,
    document,
    newest: () => {
      const socket = FakeSocket.all.at(-1)
      if (!socket) throw new Error('no socket was opened')
      return socket
    },
    count: () => FakeSocket.all.length,
  }
}
