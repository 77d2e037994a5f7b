import type { Unsubscribe } from '../drivers/driver.ts'
import type { Picture } from '../observe/pictures.ts'

/** While somebody looks at a list, its pictures are asked for again this often. */
const refreshEveryMs = 10_000
/** How long to wait before looking again whether patches have passed. */
const yieldMs = 50

/** What the thumbnails need of the pictures; a `PictureBook` has it. */
export type ThumbnailSource = {
  at(deviceId: string): number | null
  onNew(listener: (deviceId: string) => void): Unsubscribe
  newest(deviceId: string): Promise<Picture | null>
  refresh(deviceId: string): Promise<Picture | null>
}
export type ThumbnailPort = {
  mayView(deviceId: string): boolean
  /** True when nothing else waits on this socket. */
  isIdle(): boolean
  /** Sends one binary message and resolves when the browser has taken it. */
  deliver(message: Buffer): Promise<void>
}

/** uint16 BE length of a JSON head {deviceId, at}, the head, the JPEG. */
function encodeThumbnail(deviceId: string, { at, jpeg }: Picture): Buffer {
  const head = Buffer.from(JSON.stringify({ deviceId, at }))
  const length = Buffer.alloc(2)
  length.writeUInt16BE(head.length)
  return Buffer.concat([length, head, jpeg])
}

/**
 * Small pictures for the rows that one browser shows now: one on its way at a time, and only when no patch waits, so
 * that pictures never delay state.
 */
export class LiveThumbnails {
  readonly #source: ThumbnailSource
  readonly #port: ThumbnailPort
  readonly #sentAt = new Map<string, number>()
  readonly #stopListening: Unsubscribe
  readonly #timer: NodeJS.Timeout
  #wanted: string[] = []
  #isPumping = false
  #isStopped = false

  constructor(source: ThumbnailSource, port: ThumbnailPort) {
    this.#source = source
    this.#port = port
    this.#timer = setInterval(() => this.#refreshAll(), refreshEveryMs)
    this.#stopListening = source.onNew((deviceId) => {
      if (this.#wanted.includes(deviceId)) void this.#pump()
    })
  }

  /** Replaces the set of visible rows; pictures that the browser already has are not sent again. */
  want(deviceIds: readonly string[]): void {
    this.#wanted = [...new Set(deviceIds)].filter((deviceId) => this.#port.mayView(deviceId))
    void this.#pump()
    this.#refreshAll()
  }

  stop(): void {
    this.#isStopped = true
    clearInterval(this.#timer)
    this.#stopListening()
  }

  #refreshAll(): void {
    for (const deviceId of this.#wanted) {
      // A picture that comes of it is told by `onNew`; `refresh` keeps its own trouble to itself.
      if (this.#port.mayView(deviceId)) void this.#source.refresh(deviceId)
    }
  }

  async #pump(): Promise<void> {
    if (this.#isPumping) return
    this.#isPumping = true
    try {
      for (let next = this.#next(); next !== null && !this.#isStopped; next = this.#next()) {
        if (!this.#port.isIdle()) {
          await new Promise((resolve) => setTimeout(resolve, yieldMs))
          continue
        }
        await this.#sendOne(next)
      }
    } finally {
      this.#isPumping = false
    }
  }

  async #sendOne(deviceId: string): Promise<void> {
    const picture = await this.#source.newest(deviceId)
    // Also when there is none after all: what `at` promised is not asked for again and again.
    this.#sentAt.set(deviceId, Math.max(picture?.at ?? 0, this.#source.at(deviceId) ?? 0))
    if (picture === null || this.#isStopped || !this.#port.mayView(deviceId)) return
    await this.#port.deliver(encodeThumbnail(deviceId, picture))
  }

  #next(): string | null {
    const isNewer = (deviceId: string): boolean =>
      (this.#source.at(deviceId) ?? 0) > (this.#sentAt.get(deviceId) ?? 0)
    return this.#wanted.find((deviceId) => isNewer(deviceId) && this.#port.mayView(deviceId)) ?? null
  }
}
