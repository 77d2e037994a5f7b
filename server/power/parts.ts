import type {
  Audit,
  BootKeyPresser,
  Connections,
  Inventory,
  Observer,
  SelfWatch,
  Shortcuts,
  Viewers,
} from '../domain.ts'
import type { DriverLog } from '../drivers/driver.ts'
import type { Store } from '../store/store.ts'
import type { Clock } from './clock.ts'

/** Everything that power actions need from the rest of the server. */
export type PowerParts = {
  store: Pick<Store, 'actions' | 'nonces'>
  inventory: Inventory
  connections: Connections
  observer: Observer
  self: Pick<SelfWatch, 'state'>
  viewers: Viewers
  shortcuts: Shortcuts
  bootKeys: BootKeyPresser
  audit: Audit
  clock: Clock
  log: DriverLog
}
