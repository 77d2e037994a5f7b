import type { PastPicture } from '../contract/history.ts'
import type { MachineState } from '../contract/state.ts'
import type { Connections, Inventory, Observer } from '../domain.ts'
import type { Unsubscribe } from '../drivers/driver.ts'
import type { HistoryStart } from '../store/tables/history.ts'
import type { Notebook } from './notebook.ts'
import { isSettled, whyKeep } from './why-keep.ts'

type SmallPicture = { at: number; endpointId: string; jpeg: Uint8Array }
export type PastPicturesParts = {
  notebook: Pick<Notebook, 'notePicture' | 'noteLook'>
  observer: Pick<Observer, 'onChange' | 'state'>
  inventory: Pick<Inventory, 'onChange' | 'devicesOf'>
  connections: Pick<Connections, 'onReplaced'>
  pictures: {
    onNew(listener: (deviceId: string) => void): Unsubscribe
    latest(deviceId: string): SmallPicture | null
    refresh(deviceId: string): Promise<unknown>
  }
  now(): number
}

/** A picture that changes all the time is kept once a minute, as it was at the end of it: so often that is looked at. */
const settleEveryMs = 10_000

type Album = {
  last: PastPicture | null
  /** Changed, but too soon after the last one that was kept. */
  late: SmallPicture | null
  /** When the machine's health last changed without a picture of it yet. */
  stateChangedAt: number | null
  health: MachineState['health'] | null
  /** Another connection than before: nobody knows whether the picture is the same. */
  isUnsure: boolean
}

/** Keeps what was on each screen: the last dozen small pictures of each machine, with their times. */
export class PastPictures {
  readonly #parts: PastPicturesParts
  readonly #albums = new Map<string, Album>()
  #stops: Unsubscribe[] = []

  constructor(parts: PastPicturesParts, before: HistoryStart['pictures']) {
    this.#parts = parts
    for (const { deviceId, at, until, why } of before) this.#albumOf(deviceId).last = { at, until, why }
  }

  start(): void {
    const { pictures, observer, inventory, connections } = this.#parts
    const timer = setInterval(() => this.#settleAll(), settleEveryMs)
    this.#stops = [
      pictures.onNew((deviceId) => this.#look(deviceId)),
      observer.onChange((state) => this.#noteHealth(state)),
      connections.onReplaced((endpointId) => {
        for (const deviceId of inventory.devicesOf(endpointId)) this.#albumOf(deviceId).isUnsure = true
      }),
      inventory.onChange((changes) => {
        for (const { entity, id, value } of changes)
          if (entity === 'device' && value === null) this.#albums.delete(id)
      }),
      () => clearInterval(timer),
    ]
  }

  close(): void {
    for (const stop of this.#stops.splice(0)) stop()
    for (const [deviceId, { late }] of this.#albums) if (late !== null) this.#keep(deviceId, late, 'picture')
  }

  #look(deviceId: string): void {
    const picture = this.#parts.pictures.latest(deviceId)
    if (picture === null) return
    const album = this.#albumOf(deviceId)
    const state = this.#parts.observer.state(deviceId)?.kvm
    const kvm = state?.endpointId === picture.endpointId ? state : null
    const why = whyKeep({
      ...album,
      pictureAt: picture.at,
      pictureChangedAt: kvm?.pictureChangedAt ?? null,
      pictureStirredAt: kvm?.pictureStirredAt ?? null,
    })
    if (why === 'late') album.late = picture
    else if (why === 'same') this.#lookAgain(deviceId, album, picture.at)
    else {
      // What was there just before the change says more than the change itself.
      if (why === 'state' && album.late !== null) this.#keep(deviceId, album.late, 'picture')
      this.#keep(deviceId, picture, why)
    }
  }

  #keep(deviceId: string, { at, endpointId, jpeg }: SmallPicture, why: PastPicture['why']): void {
    const album = this.#albumOf(deviceId)
    album.last = { at, until: at, why }
    album.late = null
    album.isUnsure = false
    if (why === 'state') album.stateChangedAt = null
    this.#parts.notebook.notePicture({ deviceId, endpointId, jpeg, ...album.last })
  }

  #lookAgain(deviceId: string, album: Album, until: number): void {
    if (album.last === null) return
    album.last = { ...album.last, until }
    this.#parts.notebook.noteLook({ deviceId, at: album.last.at, until })
  }

  #noteHealth({ deviceId, health, cause, since }: MachineState): void {
    if (cause === 'checking') return
    const album = this.#albumOf(deviceId)
    const before = album.health
    album.health = health
    if (before === null || before === health) return
    album.stateChangedAt = since
    // Where the streamer runs there can be a picture of this moment; it comes back through `onNew`.
    void this.#parts.pictures.refresh(deviceId)
  }

  #settleAll(): void {
    const now = this.#parts.now()
    for (const [deviceId, { last, late }] of this.#albums) {
      if (late !== null && isSettled(last, now)) this.#keep(deviceId, late, 'picture')
    }
  }

  #albumOf(deviceId: string): Album {
    const fresh: Album = { last: null, late: null, stateChangedAt: null, health: null, isUnsure: true }
    const album = this.#albums.get(deviceId) ?? fresh
    this.#albums.set(deviceId, album)
    return album
  }
}
