import type { FastifyBaseLogger } from 'fastify'
import type { LiveSession, Sessions } from '../access/sessions.ts'
import { authorise } from './authorise.ts'
import type { Access } from './route.ts'

/** Sessions of what is open are asked for again this often, for what changes beside us (expiry, the command line). */
const recheckMs = 1000

/** Something that stays open for a session: a websocket, say. */
export type Held = {
  /** As it was found last: whoever asks for a right gets the answer of now. */
  session: LiveSession
  access: Exclude<Access, 'public'>
  params: Record<string, string>
  /** The session is over, or the right that opened this is gone. Called once; the watch has let go of it then. */
  end(why: 'signedOut' | 'forbidden'): void
}

/**
 * Watches the sessions of all that is open: ends what has lost its session or its right within 2 s, and keeps the rest
 * up to date.
 */
export class SessionWatch {
  readonly #sessions: Pick<Sessions, 'live' | 'noteUse' | 'onChange'>
  readonly #log: FastifyBaseLogger
  readonly #held = new Set<Held>()
  readonly #timer: NodeJS.Timeout
  readonly #unsubscribe: () => void
  #isChecking = false

  constructor(sessions: Pick<Sessions, 'live' | 'noteUse' | 'onChange'>, log: FastifyBaseLogger) {
    this.#sessions = sessions
    this.#log = log
    this.#timer = setInterval(() => void this.#recheck(), recheckMs).unref()
    this.#unsubscribe = sessions.onChange(() => void this.#recheck())
  }

  add(held: Held): void {
    this.#held.add(held)
  }

  remove(held: Held): void {
    this.#held.delete(held)
  }

  countOf(sessionId: string): number {
    return [...this.#held].filter(({ session }) => session.principal.sessionId === sessionId).length
  }

  close(): void {
    clearInterval(this.#timer)
    this.#unsubscribe()
  }

  async #recheck(): Promise<void> {
    if (this.#held.size === 0 || this.#isChecking) return
    this.#isChecking = true
    try {
      const ids = new Set([...this.#held].map(({ session }) => session.principal.sessionId))
      const live = await this.#sessions.live([...ids])
      for (const held of this.#held) {
        // Opened while we asked: the next round has it.
        if (!ids.has(held.session.principal.sessionId)) continue
        this.#review(held, live.get(held.session.principal.sessionId))
      }
      for (const session of live.values()) await this.#sessions.noteUse(session)
    } catch (error) {
      // The database cannot be asked now. Consoles that are open stay: they may be what repairs it.
      this.#log.warn({ err: error }, 'sessions of what is open could not be checked')
    } finally {
      this.#isChecking = false
    }
  }

  #review(held: Held, session: LiveSession | undefined): void {
    if (session === undefined) return this.#end(held, 'signedOut')
    held.session = session
    try {
      authorise(held.access, session.principal, held.params)
    } catch {
      // Refused: the same right that opened this is gone.
      this.#end(held, 'forbidden')
    }
  }

  #end(held: Held, why: 'signedOut' | 'forbidden'): void {
    this.#held.delete(held)
    held.end(why)
  }
}
