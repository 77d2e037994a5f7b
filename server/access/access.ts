import type { Store } from '../store/store.ts'
import { createAllowedHosts } from './allowed-hosts.ts'
import { createAudit } from './audit.ts'
import { createGuestPresence } from './guest-presence.ts'
import { createGuests } from './guests.ts'
import { createKdfGate } from './kdf-gate.ts'
import type { DataProblem } from './open-data.ts'
import { createPasskeys } from './passkeys.ts'
import { createPasswords } from './passwords.ts'
import { createReachedNames } from './reached-names.ts'
import { createRecoveryCodes } from './recovery-codes.ts'
import { createSessions } from './sessions.ts'
import { createSetup } from './setup.ts'
import { createSignIn } from './sign-in.ts'
import { createThrottle } from './throttle.ts'
import { createUsers } from './users.ts'

/** Everything about who gets in. */
export type Access = ReturnType<typeof createAccess>

/**
 * Puts the parts together. `problem` is what `openData` said: with one, nobody can sign in, nothing is written and the
 * page says why. `ownNames` replaces this machine's names and addresses (tests).
 */
export function createAccess(parts: {
  store: Store
  problem: DataProblem | null
  config: { names: readonly string[] }
  now?: () => number
  ownNames?: () => string[]
}) {
  const { store, problem, config, now = Date.now, ownNames } = parts
  const audit = createAudit(store, now)
  const sessions = createSessions(store, now)
  const hosts = createAllowedHosts(store, config.names, now, ownNames)
  const passwords = createPasswords(createKdfGate())
  const throttle = createThrottle(store, now)
  const guests = createGuests({ store, sessions, audit, now })
  return {
    problem,
    now,
    audit,
    sessions,
    hosts,
    reached: createReachedNames(store, now),
    users: createUsers({ store, sessions, passwords, audit, now }),
    setup: createSetup({ store, isDatabaseUsable: problem === null, passwords, audit, now }),
    signIn: createSignIn({ store, sessions, passwords, throttle, audit, now }),
    passkeys: createPasskeys({ store, audit, now }),
    recoveryCodes: createRecoveryCodes({ store, audit, now }),
    guests,
    guestsIn: createGuestPresence({ links: guests.list, sessions }),
  }
}
