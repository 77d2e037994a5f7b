import type { MachineHistory, PastPicture } from '../contract/history.ts'
import type { Action } from '../contract/power.ts'
import type { Store } from '../store/store.ts'
import type { Notebook } from './notebook.ts'
import { timeline } from './timeline.ts'

export type HistoryParts = {
  store: Pick<Store, 'history'>
  notebook: Pick<Notebook, 'unwritten'>
  actions: { history(deviceId: string, limit: number, before: number | null): Promise<Action[]> }
}

/** What is told of one machine: its states, its screens and what was done to it. Nothing is written by reading. */
export class History {
  readonly #parts: HistoryParts

  constructor(parts: HistoryParts) {
    this.#parts = parts
  }

  /** One page, newest first, of what was before `before` (ms; null = now). */
  async page(deviceId: string, limit: number, before: number | null): Promise<MachineHistory> {
    const { store, notebook, actions } = this.#parts
    const until = before ?? Number.MAX_SAFE_INTEGER
    const waiting = notebook.unwritten().changes.filter((change) => change.deviceId === deviceId)
    // One more than asked for: so it is known whether another page follows.
    const stored = await store.history.changes(deviceId, until, limit + 1)
    const known = new Set(stored.map(({ id }) => id))
    return timeline({
      changes: [...stored, ...waiting.filter(({ id }) => !known.has(id))],
      pictures: await this.#pictures(deviceId),
      actions: await actions.history(deviceId, limit + 1, before),
      spans: await store.history.spans(),
      before: until,
      limit,
    })
  }

  /** The bytes of a picture that was kept; null when it is not there (any more). */
  async picture(deviceId: string, at: number): Promise<Uint8Array | null> {
    const waiting = this.#parts.notebook.unwritten().pictures
    const found = waiting.find((picture) => picture.deviceId === deviceId && picture.at === at)
    return found?.jpeg ?? (await this.#parts.store.history.picture(deviceId, at))
  }

  async #pictures(deviceId: string): Promise<PastPicture[]> {
    const { pictures, looks } = this.#parts.notebook.unwritten()
    const waiting = pictures.filter((picture) => picture.deviceId === deviceId)
    const stored = await this.#parts.store.history.pictures(deviceId)
    const known = new Set(stored.map(({ at }) => at))
    return [...stored, ...waiting.filter(({ at }) => !known.has(at))].map(({ at, until, why }) => {
      const look = looks.find((other) => other.deviceId === deviceId && other.at === at)
      return { at, until: look?.until ?? until, why }
    })
  }
}
