import { X509Certificate } from 'node:crypto'
import { expect, it } from 'vitest'
import { issueCa } from '../../../../server/access/certificates/issue.ts'
import { scopeFor } from '../../../../server/access/certificates/name-constraints.ts'
import { fingerprintOf } from '../../../../web/features/access/fingerprint.ts'

it('is the fingerprint that others compute', async () => {
  const { cert } = await issueCa('test', scopeFor(['rack.example.org']), Date.now())
  expect(await fingerprintOf(cert)).toBe(new X509Certificate(cert).fingerprint256)
})

it('is of a certificate only', async () => {
  await expect(fingerprintOf('<html>sign in</html>')).rejects.toThrow(TypeError)
})
