import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { givenCertificate } from '../../../server/access/certificates/given-certificate.ts'
import type { TlsIdentity } from '../../../server/access/certificates/identity.ts'
import { issueCa, issueLeaf } from '../../../server/access/certificates/issue.ts'
import type { IssuedPem } from '../../../server/access/certificates/issue.ts'
import { scopeFor } from '../../../server/access/certificates/name-constraints.ts'

let folder: string
let files: { certFile: string; keyFile: string }
let first: IssuedPem
let second: IssuedPem
let warnings: string[]
let identity: TlsIdentity | null = null

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'crashcart-given-'))
  files = { certFile: join(folder, 'cert.pem'), keyFile: join(folder, 'key.pem') }
  const ca = await issueCa('test', scopeFor([]), Date.now())
  first = await issueLeaf(ca, ['localhost'], Date.now())
  second = await issueLeaf(ca, ['localhost'], Date.now())
  warnings = []
  write(first.cert, first.key, 1)
})
afterEach(() => {
  identity?.close()
  identity = null
  rmSync(folder, { recursive: true })
})

function write(cert: string, key: string, time: number): void {
  writeFileSync(files.certFile, cert)
  writeFileSync(files.keyFile, key)
  for (const file of [files.certFile, files.keyFile]) utimesSync(file, time, time)
}
const open = () =>
  (identity = givenCertificate(
    files,
    { info: () => undefined, warn: (_fields, text) => void warnings.push(text) },
    10,
  ))

describe('certificate files', () => {
  it('are read again when they change, while the server runs', async () => {
    const given = open()
    let calls = 0
    given.onChange(() => calls++)
    expect(given.current()).toEqual(first)
    write(second.cert, second.key, 2)
    await vi.waitFor(() => expect(given.current()).toEqual(second))
    expect(calls).toBe(1)
    expect(given.caPem()).toBeNull()
  })

  it('that do not fit together leave the former pair in use', async () => {
    const given = open()
    write(second.cert, first.key, 2)
    await vi.waitFor(() => expect(warnings.length).toBeGreaterThan(0))
    expect(given.current()).toEqual(first)
    write(second.cert, second.key, 3)
    await vi.waitFor(() => expect(given.current()).toEqual(second))
  })

  it('that are missing or wrong at the start stop it', () => {
    write(second.cert, first.key, 2)
    expect(open).toThrow()
    rmSync(files.keyFile)
    expect(open).toThrow(/ENOENT/)
  })
})
