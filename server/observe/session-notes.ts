import type { DriverLog, SessionNotes } from '../drivers/driver.ts'
import type { Store } from '../store/store.ts'

/** Keeps a driver's notes about its sessions in the database. A failure is logged, and the device freed by its own timeout. */
export function sessionNotesIn(store: Pick<Store, 'endpoints'>, log: DriverLog) {
  return (endpointId: string): SessionNotes => {
    const failed = (error: unknown): null => {
      log.warn({ endpointId, err: error }, 'could not keep or read which sessions are open on an endpoint')
      return null
    }
    return {
      load: () => store.endpoints.sessionNotes(endpointId).catch(failed),
      save: async (notes) => void (await store.endpoints.setSessionNotes(endpointId, notes).catch(failed)),
    }
  }
}
