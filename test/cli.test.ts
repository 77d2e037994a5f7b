import { execFileSync } from 'node:child_process'
import { chownSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createAccess } from '../server/access/access.ts'
import type { Access } from '../server/access/access.ts'
import { browserHash } from '../server/access/sign-in.ts'
import { openData } from '../server/access/open-data.ts'
import type { OpenedData } from '../server/access/open-data.ts'
import { runCli } from '../server/cli.ts'

let folder: string
let data: OpenedData
let server: Access
const env = () => ({ CRASHCART_DATA: join(folder, 'data') })

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'crashcart-cli-'))
  data = await openData({ dataDir: join(folder, 'data'), keyFile: join(folder, 'data.key') })
  server = createAccess({ ...data, config: { names: [] }, ownNames: () => [] })
  const code = (await server.setup.issueCode()) ?? ''
  await server.setup.createAdmin({ code, name: 'Ada', password: 'the old password', trust: false })
})
afterEach(async () => {
  await data.store.close()
  rmSync(folder, { recursive: true })
})

async function run(line: string, input = ''): Promise<{ code: number; out: string; err: string }> {
  const out: string[] = []
  const err: string[] = []
  const code = await runCli(line.split(' '), env(), {
    out: (text) => void out.push(text),
    err: (text) => void err.push(text),
    readInput: async () => input,
  })
  return { code, out: out.join('\n'), err: err.join('\n') }
}
const signIn = (password: string) =>
  server.signIn.byPassword(
    { name: 'Ada', password, trust: false },
    { userAgent: '', address: '', knownToken: null },
  )

describe('crashcart host', () => {
  it('adds, lists and removes a name beside a running server', async () => {
    expect(await run('host add Rack.Example.COM.')).toMatchObject({
      code: 0,
      out: expect.stringContaining('rack.example.com'),
    })
    expect(await server.hosts.allows('rack.example.com')).toBe(true)
    expect((await run('host list')).out).toContain('rack.example.com\tadded')
    expect((await run('host remove rack.example.com')).code).toBe(0)
    expect((await run('host remove rack.example.com')).code).toBe(1)
    expect((await server.audit.list(10, null, null)).map(({ event }) => event)).toEqual(
      expect.arrayContaining(['host.allowed', 'host.removed']),
    )
  })

  it.each(['https://rack.lan', 'rack.lan:8443', 'a/b', '*', ''])('refuses %s', async (name) => {
    expect((await run(`host add ${name}`)).code).toBe(2)
  })
})

describe('crashcart user reset-password', () => {
  it('sets the password from standard input and ends all sessions', async () => {
    const { sessionToken } = await signIn('the old password')
    expect(await run('user reset-password ada', 'the new password\nmore\n')).toMatchObject({ code: 0 })
    expect(await server.sessions.authenticate(sessionToken)).toBeNull()
    await expect(signIn('the old password')).rejects.toMatchObject({ code: 'access/wrongCredentials' })
    await expect(signIn('the new password')).resolves.toBeTruthy()
  })

  it('removes passkeys and forgets browsers too: whoever had the password may have made them', async () => {
    const { userId, knownToken } = await signIn('the old password')
    const passkey = { id: 'p1', userId, rpId: 'rack.lan', publicKey: new Uint8Array(4), counter: 0 }
    await data.store.passkeys.add({
      ...passkey,
      transports: '[]',
      name: 'phone',
      createdAt: 1,
      lastUsedAt: null,
    })
    await data.store.recoveryCodes.replace(userId, ['hash of one', 'hash of another'], 1)
    const { out } = await run('user reset-password Ada', 'the new password\n')
    expect(out).toContain('1 sessions, 1 passkeys, 2 recovery codes')
    expect(await data.store.recoveryCodes.of(userId)).toMatchObject({ made: 0 })
    expect(await data.store.passkeys.list(userId)).toEqual([])
    expect(await data.store.knownBrowsers.isKnown(browserHash(knownToken, userId) ?? '')).toBe(false)
    expect((await server.audit.list(1, null, null))[0]).toMatchObject({
      event: 'user.changed',
      detail: { name: 'Ada', from: 'command line', sessions: 1, passkeys: 1, recoveryCodes: 2 },
    })
  })

  it('refuses a short password and an unknown name', async () => {
    expect((await run('user reset-password Ada', 'short\n')).code).toBe(2)
    expect((await run('user reset-password Eve', 'the new password')).code).toBe(1)
    expect((await run('user reset-password')).code).toBe(2)
  })
})

describe('crashcart audit verify', () => {
  it('says that the record is whole, and which entry was changed', async () => {
    expect(await run('audit verify')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^1 entries, unbroken/),
    })
    await server.audit.record(null, 'test.event', { detail: { n: 1 } })
    await server.audit.record(null, 'test.event', { detail: { n: 2 } })
    const db = new DatabaseSync(join(folder, 'data', 'crashcart.db'))
    db.exec(`DROP TRIGGER auditNoUpdate; UPDATE audit SET detail = '{"n":3}' WHERE seq = 2`)
    db.close()
    const { code, err } = await run('audit verify')
    expect(code).toBe(1)
    expect(err).toContain('entry 2')
  })

  it('finds an entry that is no JSON any more, and the page still shows the others', async () => {
    await server.audit.record(null, 'test.event', { detail: { n: 1 } })
    const db = new DatabaseSync(join(folder, 'data', 'crashcart.db'))
    db.exec(`DROP TRIGGER auditNoUpdate; UPDATE audit SET detail = '{broken' WHERE seq = 1`)
    db.close()
    expect(await run('audit verify')).toMatchObject({ code: 1, err: expect.stringContaining('entry 1') })
    expect((await server.audit.list(10, null, null)).map(({ detail }) => detail)).toEqual([
      { n: 1 },
      { unreadable: '{broken' },
    ])
  })

  it('stays whole while the server and the command line write at the same time', async () => {
    const writes = Array.from({ length: 20 }, (_, n) =>
      server.audit.record(null, 'test.event', { detail: { n } }),
    )
    const names = Array.from({ length: 4 }, (_, n) => run(`host add h${n}.lan`))
    await Promise.all([...writes, ...names])
    expect((await run('audit verify')).out).toMatch(/^25 entries, unbroken/)
  })
})

describe('crashcart', () => {
  it('shows every command and setting with --help', async () => {
    const { code, out } = await run('--help')
    expect(code).toBe(0)
    for (const word of ['host add NAME', 'audit verify', 'CRASHCART_TRUSTED_PROXIES', '--port'])
      expect(out).toContain(word)
  })

  it('says so when there is no such command, setting or data', async () => {
    expect((await run('fly')).code).toBe(2)
    expect((await run('host list --nonsense')).err).toContain('--nonsense')
    expect((await run(`host list --data ${join(folder, 'nowhere')}`)).err).toContain('--data')
  })

  it('runs as a program through a link', () => {
    const link = join(folder, 'crashcart')
    symlinkSync(fileURLToPath(new URL('../bin/crashcart', import.meta.url)), link)
    const out = execFileSync(link, ['user', 'list'], { env: { ...process.env, ...env() }, encoding: 'utf8' })
    expect(out).toBe('Ada\tadmin\t0 passkeys\n')
  })
})

describe('crashcart backup and restore', () => {
  const place = (name: string): string => join(folder, name)

  it('brings back what was there, without what came later, and keeps what it replaces', async () => {
    expect(await run(`backup ${place('copy.db')}`)).toMatchObject({
      code: 0,
      out: expect.stringContaining('data.key'),
    })
    await run('host add later.example.com')
    expect((await run(`backup ${place('copy.db')}`)).code).toBe(1)
    await data.store.close()
    const restored = await run(`restore ${place('copy.db')}`)
    expect(restored).toMatchObject({ code: 0, out: expect.stringMatching(/is kept: .*replaced-/) })
    expect(restored.out).not.toContain('machines stay locked')
    data = await openData({ dataDir: place('data'), keyFile: place('data.key') })
    server = createAccess({ ...data, config: { names: [] }, ownNames: () => [] })
    expect(await server.hosts.allows('later.example.com')).toBe(false)
    await expect(signIn('the old password')).resolves.toBeTruthy()
  })

  it('says when the key file does not belong to it', async () => {
    await run(`backup ${place('copy.db')}`)
    await data.store.close()
    rmSync(place('data.key'))
    expect((await run(`restore ${place('copy.db')}`)).out).toContain('machines stay locked')
    data = await openData({ dataDir: place('data'), keyFile: place('data.key') })
  })

  it.each(['backup', 'restore', 'restore /nowhere/copy.db'])('refuses %s with a sentence', async (line) => {
    const { code, err } = await run(line)
    expect(code).toBeGreaterThan(0)
    expect(err).toMatch(/FILE|no file/)
  })
})

describe('crashcart init', () => {
  it.runIf(process.getuid?.() === 0)('by root makes a database for the owner of the directory', async () => {
    await data.store.close()
    for (const name of readdirSync(join(folder, 'data'))) rmSync(join(folder, 'data', name))
    chownSync(join(folder, 'data'), 65534, 65534)
    expect((await run('init')).code).toBe(0)
    expect(statSync(join(folder, 'data', 'crashcart.db'))).toMatchObject({ uid: 65534, gid: 65534 })
    data = await openData({ dataDir: join(folder, 'data'), keyFile: join(folder, 'data.key') })
  })
})
