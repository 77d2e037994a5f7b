import type { KvmState } from '../../server/contract/state.ts'
import type {
  DriverHooks,
  EndpointAccess,
  EndpointConnection,
  EndpointDriver,
  JpegFrame,
} from '../../server/drivers/driver.ts'
import { blankKvmState } from '../../server/drivers/blank-kvm-state.ts'
import { fakeDriver } from '../inventory/inventory-fixture.ts'

export type StillOptions = { maxWidth: number; quality: number }

/** A connection whose state and pictures a test sets. */
export class FakeConnection {
  readonly access: EndpointAccess
  readonly hooks: DriverHooks
  readonly asked: StillOptions[] = []
  still: (options: StillOptions) => Promise<JpegFrame | null> = async () => null
  closes: () => Promise<void> = async () => undefined
  isClosed = false
  state: KvmState
  readonly #listeners = new Set<(state: KvmState) => void>()

  constructor(access: EndpointAccess, hooks: DriverHooks) {
    this.access = access
    this.hooks = hooks
    this.state = blankKvmState(access.endpointId, null, hooks.now())
  }

  set(change: Partial<KvmState>): void {
    this.state = { ...this.state, ...change }
    for (const listener of this.#listeners) listener(this.state)
  }

  asConnection(): EndpointConnection {
    const read = (): KvmState => this.state
    return {
      power: null,
      input: null,
      video: {
        subscribe: () => () => undefined,
        still: (options) => {
          this.asked.push(options)
          return this.still(options)
        },
      },
      state: {
        get state() {
          return read()
        },
        onChange: (listener) => {
          this.#listeners.add(listener)
          return () => this.#listeners.delete(listener)
        },
      },
      close: async () => {
        this.isClosed = true
        await this.closes()
      },
    }
  }
}

/** A driver that remembers every connection it opened, oldest first. */
export function fakeKvmDriver(): { driver: EndpointDriver; opened: FakeConnection[] } {
  const opened: FakeConnection[] = []
  const driver = fakeDriver({
    open: (access, hooks) => {
      const connection = new FakeConnection(access, hooks)
      opened.push(connection)
      return connection.asConnection()
    },
  })
  return { driver, opened }
}

export function seen<T>(value: T, at = Date.now()): { value: T; observedAt: number; since: number } {
  return { value, observedAt: at, since: at }
}

export function frame(bytes: number, reachedAt: number, online = true): JpegFrame {
  return { bytes: Buffer.alloc(bytes, 7), width: 320, height: 180, online, reachedAt }
}

export const silentLog = { info: () => undefined, warn: () => undefined }
