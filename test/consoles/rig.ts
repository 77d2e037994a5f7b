import type { ScreenClientMessage, ScreenServerMessage } from '../../server/contract/screen.ts'
import type { Console, Device } from '../../server/contract/inventory.ts'
import type { LiveChange } from '../../server/contract/live.ts'
import type { Audit, Connections, Inventory, Logins } from '../../server/domain.ts'
import { Consoles, type Attachment } from '../../server/consoles/consoles.ts'
import type { EndpointConnection } from '../../server/drivers/driver.ts'
import { systemTimers, type Timers } from '../../server/consoles/timers.ts'
import { FakeKvm } from './fake-kvm.ts'

export const deviceId = 'nas1-id'
export const endpointId = 'kvm1'

const device: Device = {
  id: deviceId,
  rev: 0,
  siteId: 'site',
  name: 'nas1',
  kind: 'nas',
  placement: { kind: 'none' },
  notes: '',
  isProtected: false,
  layout: 'us',
  checks: [],
  dependsOn: [],
}

/** Inventory and connections of one machine with one KVM, both changeable. */
export class OneMachine {
  device: Device | undefined = device
  console: Console | undefined = { id: 'c1', deviceId, endpointId, port: null, type: 'kvm' }
  connection: EndpointConnection | null
  readonly audited: { actor: string; event: string; detail: Record<string, unknown> }[] = []
  readonly #changed = new Set<(changes: LiveChange[]) => void>()
  readonly #replaced = new Set<(endpointId: string) => void>()

  constructor(connection: EndpointConnection | null) {
    this.connection = connection
  }

  readonly inventory: Inventory = {
    sites: () => [],
    racks: () => [],
    devices: () => (this.device ? [this.device] : []),
    endpoints: () => [],
    device: (id) => (id === deviceId ? this.device : undefined),
    endpoint: () => undefined,
    consoleOf: (id) => (id === deviceId ? this.console : undefined),
    bmcOf: () => undefined,
    deviceOf: () => deviceId,
    devicesOf: () => [deviceId],
    pathsOf: () => [],
    pulseOf: () => null,
    snapshot: () => [],
    onChange: (listener) => {
      this.#changed.add(listener)
      return () => this.#changed.delete(listener)
    },
    noteVerdict: () => Promise.resolve(),
    usualBackMs: () => null,
    learnBackMs: () => Promise.resolve(),
  }

  readonly connections: Connections = {
    of: (id) => (id === endpointId ? this.connection : null),
    onState: () => () => undefined,
    onBmcState: () => () => undefined,
    onReplaced: (listener) => {
      this.#replaced.add(listener)
      return () => this.#replaced.delete(listener)
    },
  }

  login: { user: string; password: string } | null = null
  readonly logins: Logins = { openLogin: (_id, part) => Promise.resolve(this.login?.[part] ?? null) }

  readonly audit: Audit = {
    record: (actor, event, about) => {
      this.audited.push({ actor: actor?.name ?? '', event, detail: about.detail ?? {} })
      return Promise.resolve()
    },
  }

  change(change: { device?: Device | undefined; console?: Console | undefined }): void {
    Object.assign(this, change)
    for (const listener of this.#changed) listener([])
  }

  replace(connection: EndpointConnection | null): void {
    this.connection = connection
    for (const listener of this.#replaced) listener(endpointId)
  }

  consoles(timers: Timers = systemTimers): Consoles {
    const log = { info: () => undefined, warn: () => undefined }
    const { inventory, connections, logins, audit } = this
    return new Consoles({ inventory, connections, logins, audit, log, timers })
  }
}

/** One browser without a network: what it was told and shown. */
export class Watcher {
  readonly told: ScreenServerMessage[] = []
  readonly pictures: Uint8Array[] = []
  closedWith: string | null = null
  probes = 0
  buffered = 0
  rights = { input: true }
  attachment: Attachment | null = null

  open(
    consoles: Consoles,
    name: string,
    userId = `user-${name}`,
    { isSilent = false, on = deviceId } = {},
  ): this {
    this.attachment = consoles.attach({
      deviceId: on,
      person: { userId, name },
      mayInput: () => this.rights.input,
      port: {
        tell: (message) => this.told.push(structuredClone(message)),
        send: (message) => this.pictures.push(message),
        probe: () => (this.probes += 1),
        bufferedBytes: () => this.buffered,
        close: (reason) => {
          this.closedWith = reason
          this.attachment?.detach()
        },
      },
    })
    if (!isSilent) this.say({ type: 'view', quality: 'sharp', h264: false })
    return this
  }

  say(message: ScreenClientMessage): void {
    this.attachment?.receive(message)
  }

  key(code: string, down: boolean, seq = 1): void {
    this.say({ type: 'key', seq, code, down })
  }

  last<T extends ScreenServerMessage['type']>(
    type: T,
  ): Extract<ScreenServerMessage, { type: T }> | undefined {
    return this.told.findLast((message) => message.type === type) as never
  }

  get viewerId(): string {
    return this.last('hello')?.viewerId ?? ''
  }

  acknowledgeAll(): void {
    this.say({ type: 'ack', bytes: this.pictures.reduce((sum, picture) => sum + picture.byteLength, 0) })
  }
}

export function oneKvm(): { kvm: FakeKvm; machine: OneMachine } {
  const kvm = new FakeKvm()
  return { kvm, machine: new OneMachine(kvm) }
}
