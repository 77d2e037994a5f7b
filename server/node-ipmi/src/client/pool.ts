import { IpmiClient } from './client.ts'
import type { IpmiClientOptions } from './options.ts'

/** A share in a client; the last one released closes it. */
export interface IpmiLease extends AsyncDisposable {
  readonly client: IpmiClient
  release(): Promise<void>
}

interface Shared {
  client: IpmiClient
  users: number
}

/** Hands out one client per key, so that all users of an endpoint share one session. */
export class IpmiPool {
  readonly #shared = new Map<string, Shared>()

  /** `key` names the endpoint; options are those of whoever comes first. @throws IpmiOptionError */
  acquire(key: string, options: IpmiClientOptions): IpmiLease {
    const shared = this.#shared.get(key) ?? { client: new IpmiClient(options), users: 0 }
    this.#shared.set(key, shared)
    shared.users += 1
    let isReleased = false
    const release = async (): Promise<void> => {
      if (isReleased) return
      isReleased = true
      shared.users -= 1
      if (shared.users > 0) return
      this.#shared.delete(key)
      await shared.client.close()
    }
    return { client: shared.client, release, [Symbol.asyncDispose]: release }
  }
}
