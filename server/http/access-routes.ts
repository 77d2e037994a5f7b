import type { Access } from '../access/access.ts'
import type { TlsIdentity } from '../access/certificates/identity.ts'
import type { Config } from '../config.ts'
import type { Route } from './route.ts'
import { auditRoutes } from './routes/audit.ts'
import { caRoutes } from './routes/ca.ts'
import { healthRoutes } from './routes/health.ts'
import { hostsRoutes } from './routes/hosts.ts'
import { listenerRoutes } from './routes/listener.ts'
import { outsideRoutes } from './routes/outside.ts'
import { passkeysRoutes } from './routes/passkeys.ts'
import { recoveryCodesRoutes } from './routes/recovery-codes.ts'
import { sessionRoutes } from './routes/session.ts'
import { sessionsRoutes } from './routes/sessions.ts'
import { setupRoutes } from './routes/setup.ts'
import { usersRoutes } from './routes/users.ts'

/** Every route about who gets in, the record, the CA and health. */
export function accessRoutes(
  access: Access,
  tls: Pick<TlsIdentity, 'caPem'>,
  config: Pick<Config, 'host'>,
): Route[] {
  return [
    ...healthRoutes(access),
    ...caRoutes(tls),
    ...setupRoutes(access),
    ...sessionRoutes(access),
    ...sessionsRoutes(access),
    ...passkeysRoutes(access),
    ...recoveryCodesRoutes(access),
    ...usersRoutes(access),
    ...hostsRoutes(access),
    ...listenerRoutes(config),
    ...outsideRoutes(access),
    ...auditRoutes(access),
  ]
}
