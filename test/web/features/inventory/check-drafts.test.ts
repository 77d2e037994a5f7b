import { describe, expect, it } from 'vitest'
import { newCheck, newExpect, withKind } from '../../../../web/features/inventory/check-drafts.ts'

describe('the kind of a check', () => {
  it('brings its usual port and name', () => {
    const ssh = newCheck('10.0.0.5')
    expect(ssh).toEqual({ kind: 'banner', address: '10.0.0.5', port: 22, label: 'SSH' })
    expect(withKind(ssh, 'nfs')).toEqual({ kind: 'nfs', address: '10.0.0.5', port: 2049, label: 'NFS' })
  })

  it('leaves a port and a name that somebody typed', () => {
    const typed = { ...newCheck('10.0.0.5'), port: 2222 }
    expect(withKind(typed, 'tcp')).toEqual({ kind: 'tcp', address: '10.0.0.5', port: 2222, label: 'SSH' })
  })

  it('brings what a web check asks for, keeps it between http and https, and takes it away again', () => {
    const web = withKind(newCheck('10.0.0.5'), 'https')
    expect(web).toEqual({
      kind: 'https',
      address: '10.0.0.5',
      port: 443,
      label: 'HTTPS',
      path: '/',
      status: 200,
      expect: { kind: 'any' },
    })
    const asked = { ...web, path: '/health', expect: newExpect('text') }
    expect(withKind(asked, 'http')).toMatchObject({
      kind: 'http',
      port: 80,
      path: '/health',
      expect: { kind: 'text' },
    })
    expect(withKind(asked, 'banner')).toEqual(newCheck('10.0.0.5'))
  })
})
