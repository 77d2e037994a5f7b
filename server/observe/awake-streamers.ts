import type { MachineState } from '../contract/state.ts'
import type { Inventory, Observer, Pictures, Streamers } from '../domain.ts'
import type { Unsubscribe } from '../drivers/driver.ts'
import { keepStreaming } from '../drivers/keep-streaming.ts'
import type { EndpointConnections } from './connections.ts'

export type AwakeStreamersParts = {
  inventory: Inventory
  connections: EndpointConnections
  observer: Observer
  pictures: Pick<Pictures, 'refresh'>
}

/** Long enough for a streamer to start, find the signal and give a picture. */
const lookForMs = 10_000

/**
 * A stock PiKVM streams only while somebody watches, so its machine has no picture until then. A streamer is woken for
 * whoever opens a machine's page, and for a moment when a machine goes bad: what was on the screen then matters most.
 */
export class AwakeStreamers implements Streamers {
  readonly #parts: AwakeStreamersParts
  readonly #kept = new Map<string, number>()
  readonly #health = new Map<string, MachineState['health']>()
  readonly #glances = new Map<NodeJS.Timeout, Unsubscribe>()
  #stops: Unsubscribe[] = []

  constructor(parts: AwakeStreamersParts) {
    this.#parts = parts
  }

  start(): void {
    const { connections, inventory, observer, pictures } = this.#parts
    this.#stops = [
      observer.onChange((state) => this.#noteHealth(state)),
      connections.onState((endpointId, state, port) => {
        const deviceId = inventory.deviceOf(endpointId, port)
        if (deviceId === undefined || !this.#kept.has(deviceId) || state.signal.value?.present !== true)
          return
        // Joins a fetch under way, and a picture that is young enough is not fetched again.
        void pictures.refresh(deviceId)
      }),
    ]
  }

  keep(deviceId: string): Unsubscribe {
    const release = keepStreaming(deviceId, this.#parts)
    this.#kept.set(deviceId, (this.#kept.get(deviceId) ?? 0) + 1)
    void this.#parts.pictures.refresh(deviceId)
    let isKept = true
    return () => {
      if (!isKept) return
      isKept = false
      release()
      const left = (this.#kept.get(deviceId) ?? 1) - 1
      if (left > 0) this.#kept.set(deviceId, left)
      else this.#kept.delete(deviceId)
    }
  }

  close(): void {
    for (const stop of this.#stops.splice(0)) stop()
    for (const [timer, release] of this.#glances) {
      clearTimeout(timer)
      release()
    }
    this.#glances.clear()
  }

  #noteHealth({ deviceId, health, kvm }: MachineState): void {
    const before = this.#health.get(deviceId)
    this.#health.set(deviceId, health)
    if (before === health || (health !== 'down' && health !== 'degraded')) return
    if (kvm?.reachable.value !== true) return
    const release = this.keep(deviceId)
    const timer = setTimeout(() => {
      this.#glances.delete(timer)
      release()
    }, lookForMs)
    this.#glances.set(timer, release)
  }
}
