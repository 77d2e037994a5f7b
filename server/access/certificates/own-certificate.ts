import { X509Certificate, createPrivateKey } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { earliestNow } from '../../clock/server-clock.ts'
import type { Vault } from '../../domain.ts'
import type { DriverLog } from '../../drivers/driver.ts'
import { createListeners } from './identity.ts'
import type { TlsFiles, TlsIdentity } from './identity.ts'
import { issueCa, issueLeaf } from './issue.ts'
import { covers, scopeFor } from './name-constraints.ts'
import type { CaScope } from './name-constraints.ts'

const lookEveryMs = 3600_000
const caFile = 'ca.crt'
const scopeFile = 'ca-scope.json'
const certFile = 'server.crt'
const keyFile = 'server.key'
/** Always in the certificate, so that the machine's own browser works before anything is configured. */
const always = ['localhost', '127.0.0.1', '::1']

export type OwnCertificateParts = {
  /** The folder `tls` of the data directory. */
  dir: string
  vault: Pick<Vault, 'isLocked' | 'seal' | 'open'>
  /** All names and addresses under which the page may be opened, as they are now. */
  hosts(): Promise<readonly string[]>
  now(): number
  /** Nobody knows yet whether that is right: then nothing is made anew only because of its dates. */
  isClockDoubtful?(): boolean
  log: DriverLog
}

export type OwnCertificate = TlsIdentity & {
  /** Makes the certificate anew when something is missing in it; never rejects. */
  look(): Promise<void>
}

/**
 * The own CA and the server certificate made by it. The CA's key lies encrypted in the vault; the certificate's key in
 * a file, so that HTTPS still works when the vault or the database does not open. The certificate is made anew at two
 * thirds of its life and when an address or name is missing in it.
 */
export async function ownCertificate(given: OwnCertificateParts): Promise<OwnCertificate> {
  const parts = { ...given, now: () => Math.max(given.now(), earliestNow) }
  const { dir, log } = parts
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const listeners = createListeners()
  let pair = readPair(dir)

  async function renew(): Promise<void> {
    const fresh = await renewed(parts, pair)
    if (fresh === null) return
    pair = fresh
    listeners.call()
  }
  /** One after another: two at once would write over each other. */
  let looking = Promise.resolve()
  function look(): Promise<void> {
    if (parts.vault.isLocked) return looking
    looking = looking.then(renew).catch((error: unknown) => {
      log.warn({ err: error }, 'the certificate could not be renewed; the former one stays')
    })
    return looking
  }
  if (parts.vault.isLocked) {
    log.warn({}, 'the CA is locked with the other secrets; the certificate stays as it is')
    pair ??= await stopgap(parts)
  } else {
    await renew()
  }
  const timer = setInterval(() => void look(), lookEveryMs).unref()

  return {
    current: () => pair ?? { cert: '', key: '' },
    onChange: listeners.add,
    caPem: () => readText(join(dir, caFile)),
    close: () => clearInterval(timer),
    look,
  }
}

/** Whether the own CA that lies in this folder may vouch for `host`; true too when there is none yet. */
export function ownCaCovers(dir: string, host: string): boolean {
  const scope = readText(join(dir, scopeFile))
  return scope === null || covers(JSON.parse(scope) as CaScope, host)
}

/** A new pair when one is needed, written to the folder; null when the present one is good. */
async function renewed(parts: OwnCertificateParts, pair: TlsFiles | null): Promise<TlsFiles | null> {
  const { dir, log, now } = parts
  const hosts = leafHosts(await parts.hosts())
  const ca = await loadOrMakeCa(parts, hosts)
  const covered = hosts.filter((host) => covers(ca.scope, host))
  const outside = hosts.filter((host) => !covers(ca.scope, host))
  if (outside.length > 0) {
    log.warn({ hosts: outside }, 'the own CA may not vouch for these; `crashcart ca new` makes one that may')
  }
  const mayAge = parts.isClockDoubtful?.() !== true
  if (pair !== null && fits(pair, ca.cert, covered) && !(mayAge && isAged(pair.cert, now()))) return null
  const leaf = await issueLeaf(ca, covered, now())
  writeAtomically(join(dir, keyFile), leaf.key)
  writeAtomically(join(dir, certFile), leaf.cert)
  log.info({ hosts: covered }, 'made a server certificate')
  return leaf
}

async function loadOrMakeCa(
  { dir, vault, now, isClockDoubtful, log }: OwnCertificateParts,
  hosts: readonly string[],
): Promise<TlsFiles & { scope: CaScope }> {
  const cert = readText(join(dir, caFile))
  const key = await vault.open('tls', 'ca', 'key')
  const scope = readText(join(dir, scopeFile))
  const isOurs = cert !== null && key !== null && scope !== null
  if (isOurs && (isClockDoubtful?.() === true || isInForce(cert, now()))) {
    return { cert, key, scope: JSON.parse(scope) as CaScope }
  }
  const newScope = scopeFor(hosts)
  const made = await issueCa(`Crashcart on ${hostname()}`, newScope, now())
  await vault.seal('tls', 'ca', 'key', made.key)
  writeAtomically(join(dir, scopeFile), JSON.stringify(newScope))
  writeAtomically(join(dir, caFile), made.cert)
  log.info({}, 'made an own CA')
  return { ...made, scope: newScope }
}

/** One that is not in force yet was made by a clock that was ahead: no browser takes what it vouches for. */
function isInForce(certPem: string, now: number): boolean {
  const { validFrom, validTo } = new X509Certificate(certPem)
  return now >= Date.parse(validFrom) && now < Date.parse(validTo)
}

/** True outside of the first two thirds of its life. */
function isAged(certPem: string, now: number): boolean {
  const { validFrom, validTo } = new X509Certificate(certPem)
  const from = Date.parse(validFrom)
  return now < from || now >= from + ((Date.parse(validTo) - from) * 2) / 3
}

/** True when the certificate is of this CA and names every host. */
function fits(pair: TlsFiles, caPem: string, hosts: readonly string[]): boolean {
  const leaf = new X509Certificate(pair.cert)
  const namesAll = hosts.every((host) =>
    isIP(host) === 0 ? leaf.checkHost(host, { subject: 'never' }) : leaf.checkIP(host),
  )
  return namesAll && leaf.verify(new X509Certificate(caPem).publicKey)
}

/** Link-local addresses never stand in an address bar. */
function leafHosts(hosts: readonly string[]): string[] {
  return [...new Set([...hosts.filter((host) => !/^(fe80:|169\.254\.)/.test(host)), ...always])]
}

/** For a locked vault without any certificate: nobody can trust it, but the page can say what is wrong. */
async function stopgap({ hosts, now }: OwnCertificateParts): Promise<TlsFiles> {
  const names = leafHosts(await hosts())
  const ca = await issueCa('Crashcart (locked)', scopeFor(names), now())
  return issueLeaf(ca, names, now())
}

function readPair(dir: string): TlsFiles | null {
  const cert = readText(join(dir, certFile))
  const key = readText(join(dir, keyFile))
  if (cert === null || key === null) return null
  try {
    // A crash between the two writes leaves halves of different pairs.
    return new X509Certificate(cert).checkPrivateKey(createPrivateKey(key)) ? { cert, key } : null
  } catch {
    // Not readable as what it should be: a new one will be made.
    return null
  }
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

function writeAtomically(path: string, text: string): void {
  writeFileSync(`${path}.new`, text, { mode: 0o600, flush: true })
  renameSync(`${path}.new`, path)
}
