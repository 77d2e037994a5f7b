import { randomBytes } from 'node:crypto'
import { isIP } from 'node:net'
import type * as X509 from '@peculiar/x509'
import { encodeNameConstraints } from './name-constraints.ts'
import type { CaScope } from './name-constraints.ts'

const dayMs = 24 * 3600_000
/** Browsers refuse longer ones; with the day of backdating it stays within 397. */
const leafDays = 396
const caDays = 3650
const keyAlgorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const

export type IssuedPem = { cert: string; key: string }

/** Makes a CA that can vouch only for `scope`, valid ten years. Both parts in PEM. */
export async function issueCa(name: string, scope: CaScope, now: number): Promise<IssuedPem> {
  const x509 = await library()
  const keys = await crypto.subtle.generateKey(keyAlgorithm, true, ['sign', 'verify'])
  const cert = await x509.X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: serial(),
      name: `CN=${distinguished(name)}, O=Crashcart`,
      notBefore: new Date(now - dayMs),
      notAfter: new Date(now + caDays * dayMs),
      signingAlgorithm: keyAlgorithm,
      keys,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        new x509.Extension('2.5.29.30', true, new Uint8Array(encodeNameConstraints(scope))),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    },
    crypto,
  )
  return { cert: `${cert.toString('pem')}\n`, key: await pem(x509, keys.privateKey) }
}

/** Makes a server certificate for `hosts` (names and addresses), at most 397 days, signed by the CA. */
export async function issueLeaf(ca: IssuedPem, hosts: readonly string[], now: number): Promise<IssuedPem> {
  const x509 = await library()
  const caCert = new x509.X509Certificate(ca.cert)
  const signingKey = await importKey(x509, ca.key)
  const keys = await crypto.subtle.generateKey(keyAlgorithm, true, ['sign', 'verify'])
  const notAfter = Math.min(now + leafDays * dayMs, caCert.notAfter.getTime())
  const cert = await x509.X509CertificateGenerator.create(
    {
      serialNumber: serial(),
      subject: `CN=${distinguished(hosts[0] ?? 'crashcart')}`,
      issuer: caCert.subject,
      notBefore: new Date(now - dayMs),
      notAfter: new Date(notAfter),
      signingAlgorithm: keyAlgorithm,
      publicKey: keys.publicKey,
      signingKey,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        new x509.SubjectAlternativeNameExtension(
          hosts.map((value) => ({ type: isIP(value) === 0 ? ('dns' as const) : ('ip' as const), value })),
        ),
        await x509.AuthorityKeyIdentifierExtension.create(caCert),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    },
    crypto,
  )
  return { cert: `${cert.toString('pem')}\n`, key: await pem(x509, keys.privateKey) }
}

/** Loaded when something is issued, once in months; its decorators need the metadata polyfill first. */
async function library(): Promise<typeof X509> {
  await import('reflect-metadata')
  return import('@peculiar/x509')
}

/** Positive and of at most 20 bytes. */
function serial(): string {
  const bytes = randomBytes(16)
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40
  return bytes.toString('hex')
}

function distinguished(name: string): string {
  return name.replace(/[^A-Za-z0-9 .:_()-]/g, '').slice(0, 64)
}

async function pem(x509: typeof X509, key: CryptoKey): Promise<string> {
  const bytes = await crypto.subtle.exportKey('pkcs8', key)
  return `${x509.PemConverter.encode(bytes, 'PRIVATE KEY')}\n`
}

async function importKey(x509: typeof X509, text: string): Promise<CryptoKey> {
  const bytes = x509.PemConverter.decodeFirst(text)
  return crypto.subtle.importKey('pkcs8', bytes, keyAlgorithm, false, ['sign'])
}
