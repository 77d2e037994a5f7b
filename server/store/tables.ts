import { actions } from './tables/actions.ts'
import { allowedHosts } from './tables/allowed-hosts.ts'
import { audit } from './tables/audit.ts'
import { challenges } from './tables/challenges.ts'
import { clock } from './tables/clock.ts'
import { consoles } from './tables/consoles.ts'
import { devices } from './tables/devices.ts'
import { endpoints } from './tables/endpoints.ts'
import { grants } from './tables/grants.ts'
import { guestLinks } from './tables/guest-links.ts'
import { history } from './tables/history.ts'
import { knownBrowsers } from './tables/known-browsers.ts'
import { nonces } from './tables/nonces.ts'
import { passkeys } from './tables/passkeys.ts'
import { pictures } from './tables/pictures.ts'
import { powerPaths } from './tables/power-paths.ts'
import { racks } from './tables/racks.ts'
import { reachedNames } from './tables/reached-names.ts'
import { recoveryCodes } from './tables/recovery-codes.ts'
import { secrets } from './tables/secrets.ts'
import { seenMacs } from './tables/seen-macs.ts'
import { sessions } from './tables/sessions.ts'
import { sites } from './tables/sites.ts'
import { throttle } from './tables/throttle.ts'
import { users } from './tables/users.ts'

/**
 * Every store operation, by table. An operation is `(db, ...args) => result`, synchronous inside the worker; args and
 * results are structured-cloneable. Outside, `store.<table>.<operation>(...args)` returns a promise.
 */
export const tables = {
  actions,
  allowedHosts,
  audit,
  challenges,
  clock,
  consoles,
  devices,
  endpoints,
  grants,
  guestLinks,
  history,
  knownBrowsers,
  nonces,
  passkeys,
  pictures,
  powerPaths,
  racks,
  reachedNames,
  recoveryCodes,
  secrets,
  seenMacs,
  sessions,
  sites,
  throttle,
  users,
}
export type Tables = typeof tables
