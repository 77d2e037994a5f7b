import { describe, expect, it } from 'vitest'
import { parseAddress } from '../../../../web/features/inventory/parse-address.ts'

describe('an address as people type it', () => {
  it.each([
    ['pikvm.lan', { address: 'pikvm.lan', port: 443 }],
    [' 10.0.0.9 ', { address: '10.0.0.9', port: 443 }],
    ['10.0.0.9:8443', { address: '10.0.0.9', port: 8443 }],
    ['https://pikvm.lan:8443/login?x#y', { address: 'pikvm.lan', port: 8443 }],
    ['fe80::1', { address: 'fe80::1', port: 443 }],
    ['[fe80::1%eth0]:444', { address: 'fe80::1%eth0', port: 444 }],
    ['[2001:db8::7]', { address: '2001:db8::7', port: 443 }],
  ])('reads %j', (typed, expected) => {
    expect(parseAddress(typed)).toEqual(expected)
  })

  it.each(['', ' ', 'not an address', 'a:b', '10.0.0.9:0', '10.0.0.9:70000', 'http://', 'x@y', '[::1'])(
    'refuses %j',
    (typed) => {
      expect(parseAddress(typed)).toBeNull()
    },
  )
})
