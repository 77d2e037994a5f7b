import { X509Certificate } from 'node:crypto'
import { join } from 'node:path'
import type { Config } from '../../config.ts'
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
  now: () => number
  log: DriverLog
}): Promise<TlsIdentity> {
  const { config, vault, hosts, now, log } = parts
  if (config.certificate !== null) return givenCertificate(config.certificate, log)
  const own = await ownCertificate({
    dir: join(config.dataDir, 'tls'),
    vault,
    hosts: async () => (await hosts.list()).map(({ name }) => name),
    now,
    log,
  })
  const unsubscribe = hosts.onChange(() => void own.look())
  return {
    ...own,
    close() {
      unsubscribe()
      own.close()
    },
  }
}

/** SHA-256 of a certificate as `AA:BB:…`, the way phones show it. */
export function fingerprintOf(pem: string): string {
  return new X509Certificate(pem).fingerprint256
}
