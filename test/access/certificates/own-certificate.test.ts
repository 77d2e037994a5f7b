import { X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer, request } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { issueLeaf } from '../../../server/access/certificates/issue.ts'
import { mobileconfig } from '../../../server/access/certificates/mobileconfig.ts'
import { covers, scopeFor } from '../../../server/access/certificates/name-constraints.ts'
import { ownCertificate } from '../../../server/access/certificates/own-certificate.ts'
import type { OwnCertificate } from '../../../server/access/certificates/own-certificate.ts'
import { createLockedVault } from '../../../server/access/vault.ts'
import type { Vault } from '../../../server/domain.ts'

const day = 24 * 3600_000
let dir: string
let now: number
let hosts: string[]
let vault: Pick<Vault, 'isLocked' | 'seal' | 'open'>
let caKey: string | null
let isClockDoubtful: boolean
const running: OwnCertificate[] = []

beforeEach(() => {
  dir = join(mkdtempSync(join(tmpdir(), 'crashcart-tls-')), 'tls')
  now = Date.now()
  hosts = ['pi.local', '192.168.1.5', 'rack.example.com', 'fe80::1']
  caKey = null
  isClockDoubtful = false
  vault = {
    isLocked: false,
    seal: async (_table, _row, _field, plain) => void (caKey = plain),
    open: async () => caKey,
  }
})
afterEach(() => {
  for (const one of running.splice(0)) one.close()
  rmSync(join(dir, '..'), { recursive: true })
})

async function start(): Promise<OwnCertificate> {
  const own = await ownCertificate({
    dir,
    vault,
    hosts: async () => hosts,
    now: () => now,
    isClockDoubtful: () => isClockDoubtful,
    log: { info: () => undefined, warn: () => undefined },
  })
  running.push(own)
  return own
}
const leafOf = (own: OwnCertificate) => new X509Certificate(own.current().cert)

/** Does a client that trusts only `ca` accept `pair` for `servername`? Resolves with the error's code or `accepted`. */
async function handshake(
  ca: string,
  pair: { cert: string; key: string },
  servername: string,
): Promise<string> {
  const server = createServer(pair, (_request, response) => response.end('ok'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const result = await new Promise<string>((resolve) => {
    const isAddress = /^[\d.]+$/.test(servername)
    const sent = request(
      { host: '127.0.0.1', port, ca, agent: false, ...(isAddress ? {} : { servername }) },
      (response) => {
        response.resume()
        response.on('end', () => resolve('accepted'))
      },
    )
    sent.on('error', (error: NodeJS.ErrnoException) =>
      // Node has a code of its own only for some of OpenSSL's verdicts.
      resolve(error.code === 'UNSPECIFIED' ? error.message : (error.code ?? '')),
    )
    sent.end()
  })
  await new Promise((resolve) => server.close(resolve))
  return result
}

describe('the own certificate', () => {
  it('is accepted by a client that trusts the CA, for each name', async () => {
    const own = await start()
    for (const name of ['pi.local', 'rack.example.com', 'localhost', '127.0.0.1']) {
      expect(await handshake(own.caPem() ?? '', own.current(), name)).toBe('accepted')
    }
    expect(await handshake(own.caPem() ?? '', own.current(), 'other.local')).toBe(
      'ERR_TLS_CERT_ALTNAME_INVALID',
    )
  })

  it('lives at most 397 days, is for servers only, and names no link-local address', async () => {
    const leaf = leafOf(await start())
    expect(Date.parse(leaf.validTo) - Date.parse(leaf.validFrom)).toBeLessThanOrEqual(397 * day)
    expect(leaf.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1'])
    expect(leaf.ca).toBe(false)
    expect(leaf.subjectAltName).not.toMatch(/FE80/i)
  })

  it('stays the same over a restart, and so does the CA', async () => {
    const first = await start()
    const again = await start()
    expect(again.current()).toEqual(first.current())
    expect(again.caPem()).toBe(first.caPem())
  })

  it('is made anew at two thirds of its life, by the same CA, while the server runs', async () => {
    const own = await start()
    const ca = own.caPem()
    const before = leafOf(own).fingerprint256
    let calls = 0
    own.onChange(() => calls++)
    now += 262 * day
    await own.look()
    expect(leafOf(own).fingerprint256).toBe(before)
    now += 4 * day
    await own.look()
    expect(leafOf(own).fingerprint256).not.toBe(before)
    expect(own.caPem()).toBe(ca)
    expect(calls).toBe(1)
  })

  it('is made anew when an address comes, not when one goes', async () => {
    const own = await start()
    const before = leafOf(own).fingerprint256
    hosts = hosts.filter((host) => host !== '192.168.1.5')
    await own.look()
    expect(leafOf(own).fingerprint256).toBe(before)
    hosts = [...hosts, '10.9.8.7']
    await own.look()
    expect(leafOf(own).checkIP('10.9.8.7')).toBe('10.9.8.7')
  })

  it('leaves out what the CA may not vouch for', async () => {
    const own = await start()
    hosts = [...hosts, 'other.example.org', 'second.local']
    await own.look()
    expect(leafOf(own).checkHost('other.example.org')).toBeUndefined()
    expect(leafOf(own).checkHost('second.local')).toBe('second.local')
  })

  it('comes with its key in files for the owner only; the key of the CA is in no file', async () => {
    const own = await start()
    expect(statSync(join(dir, 'server.key')).mode & 0o777).toBe(0o600)
    expect(statSync(dir).mode & 0o777).toBe(0o700)
    expect(caKey).toMatch(/BEGIN PRIVATE KEY/)
    const files = ['server.key', 'server.crt', 'ca.crt', 'ca-scope.json'].map((name) =>
      readFileSync(join(dir, name), 'utf8'),
    )
    expect(files.join('')).not.toContain((caKey ?? '').split('\n')[1])
    expect(own.current().key).toBe(files[0])
  })

  it('is replaced when its files were torn by a crash', async () => {
    const first = await start()
    const other = await issueLeaf({ cert: first.caPem() ?? '', key: caKey ?? '' }, ['localhost'], now)
    writeFileSync(join(dir, 'server.key'), other.key)
    const again = await start()
    expect(await handshake(again.caPem() ?? '', again.current(), 'pi.local')).toBe('accepted')
  })

  it('goes on to be served while the vault is locked', async () => {
    const first = await start()
    vault = createLockedVault('keyMissing')
    const locked = await start()
    expect(locked.current()).toEqual(first.current())
    rmSync(dir, { recursive: true })
    const stopgap = await start()
    expect(stopgap.caPem()).toBeNull()
    expect(leafOf(stopgap).checkHost('pi.local')).toBe('pi.local')
  })
})

describe('with a wrong clock, the own certificate', () => {
  it('is good today although it was made in 1970', async () => {
    now = 60_000
    const own = await start()
    expect(await handshake(own.caPem() ?? '', own.current(), 'pi.local')).toBe('accepted')
    const ca = own.caPem()
    now = Date.now()
    await own.look()
    expect(own.caPem()).toBe(ca)
    expect(await handshake(own.caPem() ?? '', own.current(), 'pi.local')).toBe('accepted')
  })

  it.each([-300 * day, 300 * day, 30 * 365 * day])(
    'stays as it is %i ms from now, while nobody knows whether that is right',
    async (byMs) => {
      const first = await start()
      now += byMs
      isClockDoubtful = true
      const again = await start()
      await again.look()
      expect(again.current()).toEqual(first.current())
      expect(again.caPem()).toBe(first.caPem())
      // A new name is still let in.
      hosts = [...hosts, 'second.local']
      await again.look()
      expect(leafOf(again).checkHost('second.local')).toBe('second.local')
      expect(again.caPem()).toBe(first.caPem())
    },
  )

  it('is made anew, with its CA, when both were made ahead of time', async () => {
    now += 10 * 365 * day
    const own = await start()
    const ahead = own.caPem()
    now = Date.now()
    await own.look()
    expect(own.caPem()).not.toBe(ahead)
    expect(await handshake(own.caPem() ?? '', own.current(), 'pi.local')).toBe('accepted')
  })
})

describe('the own CA', () => {
  it.each(['bank.example', 'example.com', 'google.com', 'evil-local', 'locals'])(
    'is not believed for %s, even with a certificate that it signed',
    async (name) => {
      const own = await start()
      const ca = { cert: own.caPem() ?? '', key: caKey ?? '' }
      const forged = await issueLeaf(ca, [name], now)
      expect(await handshake(ca.cert, forged, name)).toBe('permitted subtree violation')
    },
  )

  it('is not believed for a public address', async () => {
    const own = await start()
    const forged = await issueLeaf(
      { cert: own.caPem() ?? '', key: caKey ?? '' },
      ['localhost', '8.8.8.8'],
      now,
    )
    expect(await handshake(own.caPem() ?? '', forged, 'localhost')).toBe('permitted subtree violation')
  })

  it('comes as a profile for iOS with the same bytes', async () => {
    const pem = (await start()).caPem() ?? ''
    const data = /<data>([\s\S]*?)<\/data>/.exec(mobileconfig(pem))?.[1] ?? ''
    expect(Buffer.from(data, 'base64').equals(new X509Certificate(pem).raw)).toBe(true)
    expect(mobileconfig(pem)).toBe(mobileconfig(pem))
  })
})

describe('the scope of a CA', () => {
  it.each([
    ['nas.lan', true],
    ['home.arpa', true],
    ['10.255.0.1', true],
    ['172.32.0.1', false],
    ['172.31.0.1', true],
    ['100.100.1.1', true],
    ['fd12::1', true],
    ['2001:db8::1', false],
    ['example.com', false],
    ['lan.example.com', false],
  ])('covers %s: %s', (host, expected) => {
    expect(covers(scopeFor([]), host)).toBe(expected)
  })

  it('grows by what was configured, a public IPv6 address with its network', () => {
    const scope = scopeFor(['rack.example.com', '203.0.113.9', '2001:db8:1:2::9'])
    expect(covers(scope, 'a.rack.example.com')).toBe(true)
    expect(covers(scope, '203.0.113.8')).toBe(false)
    expect(covers(scope, '2001:db8:1:2:ffff::1')).toBe(true)
    expect(covers(scope, '2001:db8:1:3::1')).toBe(false)
  })
})
