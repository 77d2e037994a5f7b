import 'reflect-metadata'
import { createHash } from 'node:crypto'
import { SubjectAlternativeNameExtension, X509CertificateGenerator } from '@peculiar/x509'

/** A certificate with its key, and what a person or a program would compare. */
export interface SelfSigned {
  certPem: string
  keyPem: string
  /** SHA-256 over the public key (SPKI, DER), upper-case hex with colons. */
  pin: string
  /** SHA-256 over the certificate's DER, upper-case hex with colons. */
  fingerprint256: string
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const YEAR_MS = 365 * 24 * 3600 * 1000

/** Makes a self-signed certificate like the one on a PiKVM's first start. */
export async function makeSelfSigned(commonName: string, address: string): Promise<SelfSigned> {
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: `CN=${commonName}`,
    keys,
    signingAlgorithm: ALGORITHM,
    notBefore: new Date(Date.now() - 24 * 3600 * 1000),
    notAfter: new Date(Date.now() + 10 * YEAR_MS),
    extensions: [new SubjectAlternativeNameExtension([{ type: 'ip', value: address }])],
  })
  const pkcs8 = Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey))
  return {
    certPem: certificate.toString('pem'),
    keyPem: `-----BEGIN PRIVATE KEY-----\n${pkcs8.toString('base64').replace(/.{64}/g, '$&\n')}\n-----END PRIVATE KEY-----\n`,
    pin: sha256(certificate.publicKey.rawData),
    fingerprint256: sha256(certificate.rawData),
  }
}

function sha256(der: ArrayBuffer): string {
  const hash = createHash('sha256').update(Buffer.from(der)).digest('hex')
  return (hash.toUpperCase().match(/../g) ?? []).join(':')
}
