import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AdminSocket } from '../../server/admin/admin-socket.ts'
import type { AuditRow } from '../../server/contract/access.ts'
import type { NewGuestLink } from '../../server/contract/guest.ts'
import { newToken } from '../../server/access/token.ts'
import { runCli } from '../../server/cli.ts'
import { silentLog } from '../http/harness.ts'
import { ApiClient } from '../support/api-client.ts'
import { startServer, type ServerProcess } from '../support/server-process.ts'

const passphrase = 'correct horse battery'
let folder: string
let server: ServerProcess
let ada: ApiClient
const dataDir = (): string => join(folder, 'data')
const socketPath = (): string => join(dataDir(), 'admin.sock')

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'crashcart-admin-'))
  server = await startServer({ dataDir: folder })
})
afterAll(async () => {
  await server.stop()
  rmSync(folder, { recursive: true })
})

async function admin(line: string): Promise<{ code: number; out: string; err: string }> {
  const [out, err]: [string[], string[]] = [[], []]
  const code = await runCli(
    ['admin', ...line.split(' ')],
    { CRASHCART_DATA: dataDir() },
    {
      out: (text) => void out.push(text),
      err: (text) => void err.push(text),
      readInput: async () => '',
    },
  )
  return { code, out: out.join('\n'), err: err.join('\n') }
}
async function signIn(password: string): Promise<{ client: ApiClient; status: number }> {
  const client = new ApiClient(server.port)
  const { status } = await client.call('POST', '/api/session', { name: 'Ada', password, trust: true })
  return { client, status }
}
/** Says these bytes and resolves with what comes back until the end. */
function say(path: string, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let heard = ''
    const socket = connect(path, () => socket.write(text))
    socket.on('data', (piece) => (heard += piece.toString()))
    socket.on('error', reject)
    socket.on('close', () => resolve(heard))
  })
}

describe('crashcart admin, beside a running server', () => {
  it('gives a new setup code while nobody was set up', async () => {
    const { code, out } = await admin('let-in')
    expect(code).toBe(0)
    const fresh = /^[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}$/m.exec(out)?.[0] ?? ''
    ada = new ApiClient(server.port)
    const setUp = (with_: string) =>
      ada.call('POST', '/api/setup', { code: with_, name: 'Ada', password: passphrase, trust: true })
    // The one that the start printed is over.
    expect((await setUp((await server.find(/setup code: (\S+)/))[1] ?? '')).status).toBeGreaterThan(399)
    expect((await setUp(fresh)).status).toBe(200)
  })

  it('allows a host name at once, without a restart, and takes it back', async () => {
    const road = new ApiClient(server.port, 'crash.example.org')
    const ask = async () => (await road.call('GET', '/healthz')).status
    expect(await ask()).toBe(421)
    expect(await admin('host add Crash.Example.ORG')).toMatchObject({
      code: 0,
      out: 'crash.example.org is allowed, from now on.',
    })
    expect(await ask()).toBe(200)
    expect((await admin('host list')).out).toContain('crash.example.org\tadded')
    expect((await admin('host add https://x.example/')).code).toBe(1)
    expect((await admin('host remove crash.example.org')).code).toBe(0)
    expect(await ask()).toBe(421)
    expect(await admin('host remove crash.example.org')).toMatchObject({ code: 1 })
  })

  it('lists sessions, and ends one with its open sockets', async () => {
    const { client } = await signIn(passphrase)
    const socket = client.socket('/api/live')
    await new Promise((resolve) => socket.once('message', resolve))
    const { sessionId } = await client.ok<{ sessionId: string }>('GET', '/api/session')
    const list = (await admin('session list')).out
    expect(list.split('\n').find((line) => line.startsWith(sessionId))).toMatch(/\tAda\tseen .*\ttrusted/)
    const closed = new Promise<number>((resolve) => socket.once('close', resolve))
    expect((await admin(`session end ${sessionId}`)).code).toBe(0)
    expect(await closed).toBe(4401)
    expect((await client.call('GET', '/api/sessions')).status).toBe(401)
    // The other one stays.
    expect((await ada.call('GET', '/api/sessions')).status).toBe(200)
    expect((await admin(`session end ${sessionId}`)).code).toBe(1)
  })

  it('lists guests too, and signs everybody out', async () => {
    const { token } = await ada.ok<NewGuestLink>('POST', '/api/guest-links', {
      level: 'look',
      deviceId: null,
      forMs: 3600_000,
    })
    const mia = new ApiClient(server.port)
    await mia.ok('POST', '/api/guest/join', { token, name: 'Mia', claim: newToken() })
    expect((await admin('session list')).out).toMatch(/\tMia\tseen .*\tguest\t/)
    expect((await admin('session end-all')).out).toMatch(/^Sessions ended: 2\./)
    for (const client of [ada, mia]) {
      expect(await client.ok('GET', '/api/session')).toMatchObject({ state: 'signedOut' })
    }
    expect((await admin('session list')).out).toBe('Nobody is signed in.')
    ada = (await signIn(passphrase)).client
  })

  it('lets the owner back in with a passphrase that only the terminal shows', async () => {
    const { code, out } = await admin('let-in')
    expect(code).toBe(0)
    const fresh = /^\S{19}$/m.exec(out)?.[0] ?? ''
    expect((await ada.call('GET', '/api/sessions')).status).toBe(401)
    expect((await signIn(passphrase)).status).toBe(401)
    const { client, status } = await signIn(fresh)
    expect(status).toBe(200)
    const lines = await client.ok<AuditRow[]>('GET', '/api/audit')
    expect(lines.map(({ event }) => event)).toEqual(
      expect.arrayContaining(['user.changed', 'session.revoked', 'host.allowed', 'host.removed']),
    )
    expect(server.output()).not.toContain(fresh)
    expect(JSON.stringify(lines)).not.toContain(fresh)
    ada = client
    expect(await admin('let-in Eve')).toMatchObject({ code: 1, err: expect.stringContaining('no user Eve') })
  })

  it('speaks no HTTP: what a proxy or a browser would send there does nothing', async () => {
    const body = '{"command":"endAllSessions"}\n'
    const posted = `POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length}\r\n\r\n${body}`
    expect(JSON.parse(await say(socketPath(), posted))).toMatchObject({ done: false })
    expect(JSON.parse(await say(socketPath(), `\n${body}`))).toMatchObject({ done: false })
    expect(JSON.parse(await say(socketPath(), 'x'.repeat(5000)))).toMatchObject({ done: false })
    expect(JSON.parse(await say(socketPath(), '{"command":"endAllSessions","x":1}\n'))).toMatchObject({
      done: false,
    })
    expect((await ada.call('GET', '/api/sessions')).status).toBe(200)
  })

  it.each(['', 'host', 'host add', 'session end', 'session', 'session list more'])(
    'says how "admin %s" is used',
    async (line) => {
      const { code, err } = await admin(line)
      expect(code).toBe(2)
      expect(err).toMatch(/crashcart/)
    },
  )

  it.skipIf(process.geteuid?.() !== 0)('is refused to every other user, by the socket itself', async () => {
    expect(statSync(dataDir()).mode & 0o777).toBe(0o700)
    expect(statSync(socketPath()).mode & 0o777).toBe(0o600)
    // Even where the folders let everybody through.
    chmodSync(folder, 0o755)
    chmodSync(dataDir(), 0o755)
    const tried = spawnSync(
      'setpriv',
      [
        '--reuid=65534',
        '--regid=65534',
        '--clear-groups',
        '/usr/bin/python3',
        '-c',
        'import socket,sys; socket.socket(socket.AF_UNIX).connect(sys.argv[1])',
        socketPath(),
      ],
      { encoding: 'utf8' },
    )
    expect(tried.stderr).toContain('PermissionError')
    chmodSync(dataDir(), 0o700)
  })
})

describe('crashcart admin, when it cannot ask', () => {
  it('works again after a crash, whose socket the next start replaces', async () => {
    const gone = new Promise((resolve) => server.child.once('exit', resolve))
    server.child.kill('SIGKILL')
    await gone
    expect(existsSync(socketPath())).toBe(true)
    expect(await admin('session list')).toMatchObject({
      code: 1,
      err: expect.stringContaining('No Crashcart runs with'),
    })
    server = await startServer({ dataDir: folder })
    expect((await admin('session list')).code).toBe(0)
  })

  it('leaves the socket of a living server to it', async () => {
    const second = spawn(process.execPath, ['server/main.js'], {
      stdio: 'ignore',
      env: {
        ...process.env,
        CRASHCART_HOST: '127.0.0.1',
        CRASHCART_PORT: '0',
        CRASHCART_DATA: dataDir(),
        CRASHCART_KEY_FILE: join(folder, 'key', 'crashcart.key'),
      },
    })
    expect(await new Promise((resolve) => second.once('exit', resolve))).toBe(1)
    expect((await admin('session list')).code).toBe(0)
  })

  it('says so when no server runs: a clean stop takes the socket away', async () => {
    await server.stop()
    expect(existsSync(socketPath())).toBe(false)
    const { code, err } = await admin('let-in')
    expect(code).toBe(1)
    expect(err).toContain('user reset-password')
  })

  it('tells nothing to a socket that others can open', async () => {
    let wasAsked = false
    const fake = createServer(() => (wasAsked = true))
    await new Promise<void>((resolve) => fake.listen(socketPath(), resolve))
    chmodSync(socketPath(), 0o777)
    expect(await admin('let-in')).toMatchObject({ code: 1, err: expect.stringContaining('Nothing was sent') })
    expect(wasAsked).toBe(false)
    await new Promise((resolve) => fake.close(resolve))
  })
})

describe('a server that cannot have its socket', () => {
  async function warningsOf(dataDir: string): Promise<string[]> {
    const warnings: string[] = []
    const log = { ...silentLog(), warn: (_about: unknown, text: string) => void warnings.push(text) }
    const socket = new AdminSocket({
      dataDir,
      run: async () => ({ done: true, lines: [] }),
      log: log as ReturnType<typeof silentLog>,
    })
    await socket.listen()
    await socket.close()
    return warnings
  }

  it('says so and runs without it, where the path is too long', async () => {
    expect(await warningsOf(join(tmpdir(), 'x'.repeat(120)))).toEqual([
      expect.stringContaining('crashcart admin will not work'),
    ])
  })

  it('leaves a file of somebody’s in its place alone', async () => {
    const own = mkdtempSync(join(tmpdir(), 'crashcart-admin-'))
    writeFileSync(join(own, 'admin.sock'), 'mine')
    expect(await warningsOf(own)).toHaveLength(1)
    expect(readFileSync(join(own, 'admin.sock'), 'utf8')).toBe('mine')
    rmSync(own, { recursive: true })
  })
})
