import { describe, expect, it } from 'vitest'
import { getentAddresses, parseAhosts } from '../../server/names/getent.ts'
import { hostsFileAddresses } from '../../server/names/hosts-file.ts'
import { searchedNames } from '../../server/names/search-list.ts'

describe('the hosts file', () => {
  const text = `
    # 10.0.0.1 commented
    127.0.0.1	localhost
    10.0.0.9   kvm-nas1.lan Kvm-Nas1 # the NAS
    fe80::9%eth0 kvm-nas1
    nonsense kvm-nas1
    10.0.0.9 kvm-nas1`
  it('gives every address of a name, whatever the case of its letters', () => {
    expect(hostsFileAddresses(text, 'KVM-nas1')).toEqual(['10.0.0.9', 'fe80::9%eth0'])
    expect(hostsFileAddresses(text, 'kvm-nas1.lan')).toEqual(['10.0.0.9'])
  })
  it('gives nothing for other names, comments and addresses', () => {
    for (const name of ['commented', 'nas1', '10.0.0.9', ''])
      expect(hostsFileAddresses(text, name)).toEqual([])
  })
})

describe('the search list', () => {
  it('asks a name without enough dots in the domains first', () => {
    const conf = 'nameserver 10.0.0.1\nsearch rack.lan. home.arpa # both\noptions timeout:1 ndots:2\n'
    expect(searchedNames(conf, 'nas1')).toEqual(['nas1.rack.lan', 'nas1.home.arpa', 'nas1'])
    expect(searchedNames(conf, 'nas1.lan')).toEqual(['nas1.lan.rack.lan', 'nas1.lan.home.arpa', 'nas1.lan'])
    expect(searchedNames(conf, 'a.b.c')).toEqual(['a.b.c', 'a.b.c.rack.lan', 'a.b.c.home.arpa'])
  })
  it('takes a name that ends with a dot as it is', () => {
    expect(searchedNames('search lan', 'nas1.')).toEqual(['nas1'])
  })
  it('knows one domain, the last line that counts, and none', () => {
    expect(searchedNames('search a\ndomain b', 'nas1')).toEqual(['nas1.b', 'nas1'])
    expect(searchedNames('; search a', 'nas1')).toEqual(['nas1'])
  })
})

describe('the system’s own resolver', () => {
  it('is read line by line, each address once', () => {
    const output = '10.0.0.9  STREAM kvm.local\n10.0.0.9  DGRAM\nfe80::9%eth0  STREAM kvm.local\nnoise\n'
    expect(parseAhosts(output)).toEqual(['10.0.0.9', 'fe80::9%eth0'])
  })
  it('is asked in a process of its own, which ends when it is told to', async () => {
    const addresses = await getentAddresses('localhost', AbortSignal.timeout(15_000))
    expect(addresses.some((address) => ['127.0.0.1', '::1'].includes(address))).toBe(true)
    await expect(getentAddresses('kvm.local', AbortSignal.abort())).rejects.toThrow('abort')
  })
  it('never takes a name for an option', async () => {
    await expect(getentAddresses('--version', AbortSignal.timeout(15_000))).rejects.toThrow('no name')
  })
})
