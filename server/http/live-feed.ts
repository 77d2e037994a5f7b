import type { Capability } from '../contract/access.ts'
import type { LiveChange, LiveRights, LiveServerMessage } from '../contract/live.ts'
import type { Actions, GuestsIn, Inventory, Observer, SelfWatch } from '../domain.ts'
import type { SelfState } from '../contract/state.ts'
import type { Unsubscribe } from '../drivers/driver.ts'
import { visibleInventory, type May } from '../inventory/visibility.ts'
import { asSeenBy, visibleGuests } from './live-visibility.ts'

/** At most ten patches a second. */
const patchEveryMs = 100
/** Rights of an open socket may change without any change of the inventory. */
const reviewRightsMs = 2000
/** What the page shows or hides buttons by. The server decides again on each request. */
const told = ['input', 'power'] as const satisfies Capability[]

export type LiveFeedParts = {
  inventory: Inventory
  observer: Observer
  self: SelfWatch
  actions: Actions
  guests: GuestsIn
  /** Names the running program, so that a page knows when it is older. */
  version: string
  now(): number
}
export type FeedPort = {
  may: May
  send(message: LiveServerMessage): void
  /** False while the browser has not taken what was sent before: then changes wait and merge. */
  isReady(): boolean
}
type Head = Pick<LiveChange, 'entity' | 'id' | 'siteId'>

/**
 * One browser's view: a snapshot, then merged changes. What waits is at most one change for each entity, so a slow
 * browser gets fewer, never older values. Everything passes the rights of the moment in which it is sent.
 */
export class LiveFeed {
  readonly #parts: LiveFeedParts
  readonly #port: FeedPort
  readonly #waiting = new Map<string, LiveChange>()
  readonly #sent = new Map<string, Head>()
  readonly #stops: Unsubscribe[]
  #toldRights = ''
  /** What stands unseen in a rack depends on it. */
  #seesAll = false
  #mustReview = false
  #timer: NodeJS.Timeout | null = null
  #lastPatchAt = -Infinity

  constructor(parts: LiveFeedParts, port: FeedPort) {
    this.#parts = parts
    this.#port = port
    this.#sendSnapshot()
    const rightsTimer = setInterval(() => this.#reviewRights(), reviewRightsMs)
    this.#stops = [
      parts.inventory.onChange((changes) => this.#add(changes)),
      parts.guests.onChange((changes) => this.#add(changes)),
      parts.observer.onChange((value) =>
        this.#add([{ entity: 'state', id: value.deviceId, siteId: value.siteId, value }]),
      ),
      parts.self.onChange((value) => this.#add([selfChange(value)])),
      parts.actions.onChange((value) =>
        this.#add([{ entity: 'action', id: value.id, siteId: value.siteId, value }]),
      ),
      () => clearInterval(rightsTimer),
    ]
  }

  /** True while changes wait to be sent: other traffic of this socket should let them pass. */
  get isBehind(): boolean {
    return this.#waiting.size > 0
  }

  stop(): void {
    for (const stop of this.#stops) stop()
    if (this.#timer !== null) clearTimeout(this.#timer)
  }

  #sendSnapshot(): void {
    const { version, now } = this.#parts
    this.#seesAll = this.#port.may('view', { type: 'system' })
    const changes = this.#everythingVisible()
    for (const change of changes) this.#remember(change)
    this.#port.send({ type: 'snapshot', serverTime: now(), version, changes, ...this.#newRights() })
    this.#lastPatchAt = performance.now()
  }

  #everythingVisible(): LiveChange[] {
    const { observer, actions } = this.#parts
    const states = observer
      .states()
      .map((value): LiveChange => ({ entity: 'state', id: value.deviceId, siteId: value.siteId, value }))
    const recent = actions
      .recent()
      .map((value): LiveChange => ({ entity: 'action', id: value.id, siteId: value.siteId, value }))
    const own = selfChange(this.#parts.self.state())
    const mine = [...states, ...recent, own].filter((change) => this.#mayViewLive(change))
    return [...this.#visibleNow(), ...mine.map((change) => asSeenBy(this.#port.may, change))]
  }

  /** What stays until it is changed, as far as this person may see it. */
  #visibleNow(): LiveChange[] {
    const { may } = this.#port
    return [
      ...visibleInventory(this.#parts.inventory, may),
      ...visibleGuests(this.#parts.guests.present(), may),
    ]
  }

  #add(changes: readonly LiveChange[]): void {
    for (const change of changes) {
      const key = keyOf(change)
      this.#waiting.delete(key)
      this.#waiting.set(key, change)
      if (!isLive(change)) this.#mustReview = true
    }
    this.#schedule()
  }

  #schedule(): void {
    if (this.#timer !== null) return
    const leftMs = this.#lastPatchAt + patchEveryMs - performance.now()
    this.#timer = setTimeout(() => this.#flush(), Math.max(5, leftMs))
  }

  #flush(): void {
    this.#timer = null
    this.#lastPatchAt = performance.now()
    if (!this.#port.isReady()) return this.#schedule()
    const rights = this.#mustReview ? this.#newRights() : {}
    const changes = this.#takeVisible()
    if (changes.length === 0 && rights.rights === undefined) return
    this.#port.send({ type: 'patch', serverTime: this.#parts.now(), changes, ...rights })
  }

  /** Empties what waits into what this person may see of it, and what they may see now or no longer. */
  #takeVisible(): LiveChange[] {
    const waiting = [...this.#waiting.values()]
    this.#waiting.clear()
    const inventory = this.#mustReview ? this.#inventoryChanges(waiting) : []
    this.#mustReview = false
    const live = waiting.filter((change) => isLive(change) && this.#mayViewLive(change))
    const known = new Set(live.map(keyOf))
    const revealed = this.#liveOfNewDevices(inventory).filter((change) => !known.has(keyOf(change)))
    const observed = [...revealed, ...live].map((change) => asSeenBy(this.#port.may, change))
    const changes = [...inventory, ...observed]
    for (const change of changes) this.#remember(change)
    return changes
  }

  #inventoryChanges(waiting: readonly LiveChange[]): LiveChange[] {
    const visible = this.#visibleNow()
    const visibleKeys = new Set(visible.map(keyOf))
    const changed = new Set(waiting.map(keyOf))
    const sawAll = this.#seesAll
    this.#seesAll = this.#port.may('view', { type: 'system' })
    const isNew = (change: LiveChange): boolean =>
      !this.#sent.has(keyOf(change)) || (change.entity === 'rack' && this.#seesAll !== sawAll)
    const gone = [...this.#sent.values()].filter((head) => !isLive(head) && !visibleKeys.has(keyOf(head)))
    const goneStates = gone.flatMap((head): Head[] =>
      head.entity === 'device' ? [{ entity: 'state', id: head.id, siteId: head.siteId }] : [],
    )
    return [
      ...visible.filter((change) => changed.has(keyOf(change)) || isNew(change)),
      ...[...gone, ...goneStates].map((head) => ({ ...head, value: null }) as LiveChange),
    ]
  }

  /** State and actions of machines that appear to this person just now. */
  #liveOfNewDevices(inventory: readonly LiveChange[]): LiveChange[] {
    const { observer, actions } = this.#parts
    const isNew = (id: string): boolean =>
      !this.#sent.has(`device:${id}`) &&
      inventory.some((change) => change.entity === 'device' && change.id === id && change.value !== null)
    return [
      ...observer
        .states()
        .filter((state) => isNew(state.deviceId))
        .map((value): LiveChange => ({ entity: 'state', id: value.deviceId, siteId: value.siteId, value })),
      ...actions
        .recent()
        .filter((action) => isNew(action.deviceId))
        .map((value): LiveChange => ({ entity: 'action', id: value.id, siteId: value.siteId, value })),
    ]
  }

  #mayViewLive(change: LiveChange): boolean {
    if (change.entity === 'state') return this.#mayView(change.id)
    if (change.entity === 'self') return this.#port.may('view', { type: 'anyDevice' })
    if (change.entity !== 'action') return false
    const deviceId = change.value?.deviceId
    return deviceId !== undefined && this.#mayView(deviceId)
  }

  #mayView(deviceId: string): boolean {
    return this.#port.may('view', { type: 'device', deviceId })
  }

  #remember(change: LiveChange): void {
    const { entity, id, siteId, value } = change
    if (value === null) this.#sent.delete(keyOf(change))
    else this.#sent.set(keyOf(change), { entity, id, siteId })
  }

  #reviewRights(): void {
    if (this.#rightsText(this.#rightsNow()) === this.#toldRights) return
    this.#mustReview = true
    this.#schedule()
  }

  /** The rights of this person as they are now, where they are others than was told. */
  #newRights(): { rights?: LiveRights } {
    const rights = this.#rightsNow()
    const text = this.#rightsText(rights)
    if (text === this.#toldRights) return {}
    this.#toldRights = text
    return { rights }
  }

  /** Racks and sites that hold no machine are seen by who may see all. */
  #rightsText(rights: LiveRights): string {
    return `${this.#port.may('view', { type: 'system' })} ${JSON.stringify(rights)}`
  }

  #rightsNow(): LiveRights {
    const { inventory } = this.#parts
    const visible = inventory.devices().filter(({ id }) => this.#mayView(id))
    return Object.fromEntries(
      visible.map(({ id }) => [
        id,
        told.filter((capability) => this.#port.may(capability, { type: 'device', deviceId: id })),
      ]),
    )
  }
}

function selfChange(value: SelfState): LiveChange {
  return { entity: 'self', id: 'self', siteId: '', value }
}

function keyOf({ entity, id }: Pick<LiveChange, 'entity' | 'id'>): string {
  return `${entity}:${id}`
}

function isLive({ entity }: Pick<LiveChange, 'entity'>): boolean {
  return entity === 'state' || entity === 'action' || entity === 'self'
}
