import { X509Certificate } from 'node:crypto'
import { join } from 'node:path'
import type { Config } from '../../config.ts'
import type { ClockKeeper } from '../../clock/keep-clock.ts'
import type { ServerClock } from '../../clock/server-clock.ts'
import type { Vault } from '../../domain.ts'
import type { DriverLog } from '../../drivers/driver.ts'
import type { AllowedHosts } from '../allowed-hosts.ts'
import { givenCertificate } from './given-certificate.ts'
import type { TlsIdentity } from './identity.ts'
import { ownCertificate } from './own-certificate.ts'

/** The certificate for HTTPS: the files that the settings name, or the own CA's. Throws when the files do not fit. */
export async function createTlsIdentity(parts: {
  config: Pick<Config, 'certificate' | 'dataDir'>
  vault: Vault
  hosts: AllowedHosts
  clock: Pick<ServerClock, 'now'>
  /** Tells when the clock was put right; null with a database that cannot be used. */
  keeper: Pick<ClockKeeper, 'onStep' | 'isDoubtful'> | null
  log: DriverLog
}): Promise<TlsIdentity> {
  const { config, vault, hosts, clock, keeper, log } = parts
  if (config.certificate !== null) return givenCertificate(config.certificate, log)
  const own = await ownCertificate({
    dir: join(config.dataDir, 'tls'),
    vault,
    hosts: async () => (await hosts.list()).map(({ name }) => name),
    now: clock.now,
    isClockDoubtful: () => keeper?.isDoubtful ?? false,
    log,
  })
  const look = (): void => void own.look()
  const unsubscribe = [hosts.onChange(look), keeper?.onStep(look)]
  return {
    ...own,
    close() {
      for (const stop of unsubscribe) stop?.()
      own.close()
    },
  }
}

/** SHA-256 of a certificate as `AA:BB:…`, the way phones show it. */
export function fingerprintOf(pem: string): string {
  return new X509Certificate(pem).fingerprint256
}
