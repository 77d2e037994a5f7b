import type { DriverLog } from '../drivers/driver.ts'
import type { Store } from '../store/store.ts'
import type {
  HistoryBatch,
  HistoryStart,
  KnownName,
  PictureLook,
  StoredChange,
  StoredPastPicture,
} from '../store/tables/history.ts'

export type NotebookParts = {
  store: Pick<Store, 'history'>
  log: DriverLog
  now(): number
  /** False while nobody knows whether the clock is right: by a wrong one everything may be old. */
  mayPrune?(): boolean
}
/** Times of the notebook, ms. */
type NotebookTimes = {
  /** What was noted waits this long for company. Default 2,000. */
  gatherMs: number
  /** From one sign of life to the next while nothing happens. Default 60,000. */
  signOfLifeMs: number
  /** After a failed write. Default 10,000. */
  retryMs: number
  /** From one removal of old changes to the next. Default an hour. */
  pruneEveryMs: number
  /** Age at which a change is removed. Default 30 days. */
  keepMs: number
}
const hourMs = 3_600_000
const defaultTimes: NotebookTimes = {
  gatherMs: 2000,
  signOfLifeMs: 60_000,
  retryMs: 10_000,
  pruneEveryMs: hourMs,
  keepMs: 30 * 24 * hourMs,
}
/** While nothing can be written, so many notes wait; the oldest go first. */
const mostWaiting = { changes: 10_000, pictures: 200 }
const pruneAtOnce = 500

type Notes = Pick<HistoryBatch, 'changes' | 'pictures' | 'looks' | 'names'>
const nothing: Notes = { changes: [], pictures: [], looks: [], names: [] }

/**
 * Writes down what others observed, behind their backs: nobody waits for it, and what comes within two seconds goes
 * into one transaction. What waits can already be read.
 */
export class Notebook {
  readonly #parts: NotebookParts
  readonly #times: NotebookTimes
  readonly #startedAt: number
  #waiting: Notes = nothing
  #writing: { notes: Notes; done: Promise<void> } | null = null
  #gather: NodeJS.Timeout | null = null
  #timers: NodeJS.Timeout[] = []
  #isFailing = false
  #isClosed = false

  constructor(parts: NotebookParts, times: Partial<NotebookTimes> = {}) {
    this.#parts = parts
    this.#times = { ...defaultTimes, ...times }
    this.#startedAt = parts.now()
  }

  /** Begins to write; resolves with what the process before knew. */
  async start(): Promise<HistoryStart> {
    const { signOfLifeMs, pruneEveryMs } = this.#times
    this.#timers = [
      setInterval(() => void this.#flush(), signOfLifeMs),
      setInterval(() => void this.#prune(), pruneEveryMs),
    ]
    const start = await this.#parts.store.history.start()
    void this.#flush()
    void this.#prune()
    return start
  }

  noteChanges(changes: readonly StoredChange[]): void {
    this.#add({ ...this.#waiting, changes: [...this.#waiting.changes, ...changes] })
  }

  notePicture(picture: StoredPastPicture): void {
    this.#add({ ...this.#waiting, pictures: [...this.#waiting.pictures, picture] })
  }

  /** A kept picture is still the same. It waits for whatever is written next. */
  noteLook(look: PictureLook): void {
    const others = this.#waiting.looks.filter(
      ({ deviceId, at }) => deviceId !== look.deviceId || at !== look.at,
    )
    this.#waiting = { ...this.#waiting, looks: [...others, look] }
  }

  noteName(name: KnownName): void {
    this.#add({ ...this.#waiting, names: [...this.#waiting.names, name] })
  }

  /** What is noted and not yet in the store, oldest first. */
  unwritten(): Notes {
    return this.#writing === null ? this.#waiting : joined(this.#writing.notes, this.#waiting)
  }

  /** Writes what waits; resolves when it is in the store, or could not be written. */
  async close(): Promise<void> {
    this.#isClosed = true
    for (const timer of this.#timers) clearInterval(timer)
    if (this.#gather !== null) clearTimeout(this.#gather)
    await this.#writing?.done
    await this.#flush()
  }

  #add(notes: Notes): void {
    this.#waiting = {
      ...notes,
      changes: notes.changes.slice(-mostWaiting.changes),
      pictures: notes.pictures.slice(-mostWaiting.pictures),
    }
    this.#flushIn(this.#isFailing ? this.#times.retryMs : this.#times.gatherMs)
  }

  #flushIn(ms: number): void {
    if (this.#isClosed) return
    this.#gather ??= setTimeout(() => {
      this.#gather = null
      void this.#flush()
    }, ms)
  }

  async #flush(): Promise<void> {
    if (this.#writing !== null) return
    const notes = this.#waiting
    this.#waiting = nothing
    const done = this.#write(notes)
    this.#writing = { notes, done }
    await done
    this.#writing = null
    if (this.#waiting.changes.length + this.#waiting.pictures.length > 0) this.#flushIn(this.#times.gatherMs)
  }

  /** Never rejects: what could not be written waits for the next time. */
  async #write(notes: Notes): Promise<void> {
    const { store, now, log } = this.#parts
    try {
      await store.history.write({ ...notes, span: { startedAt: this.#startedAt, lastAt: now() } })
      this.#isFailing = false
    } catch (error) {
      if (!this.#isFailing) log.warn({ err: error }, 'the history could not be written; it waits')
      this.#isFailing = true
      this.#add(joined(notes, this.#waiting))
    }
  }

  /** In slices, so that a power action never waits long behind it. */
  async #prune(): Promise<void> {
    const { store, now, log, mayPrune } = this.#parts
    if (mayPrune?.() === false) return
    try {
      const before = now() - this.#times.keepMs
      while (!this.#isClosed && (await store.history.prune(before, pruneAtOnce)) === pruneAtOnce);
    } catch (error) {
      log.warn({ err: error }, 'old changes could not be removed')
    }
  }
}

function joined(first: Notes, second: Notes): Notes {
  return {
    changes: [...first.changes, ...second.changes],
    pictures: [...first.pictures, ...second.pictures],
    looks: [...first.looks, ...second.looks],
    names: [...first.names, ...second.names],
  }
}
