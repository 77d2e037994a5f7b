import { createPrivateKey } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { assemble, type Crashcart } from '../../server/assemble.ts'
import { runAdminRequest } from '../../server/admin/run-request.ts'
import { loadConfig } from '../../server/config.ts'
import { startBmc, type SimBmc } from '../../server/sim/bmc/bmc.ts'
import { PlainBoard } from '../../server/sim/bmc/plain-board.ts'
import { SimMachine } from '../../server/sim/machine/machine.ts'
import { startSimPikvm, type SimPikvm } from '../../server/sim/pikvm/pikvm.ts'
import { until } from '../peers/ipmi/child.ts'
import { newToken } from '../../server/access/token.ts'
import { Client } from '../http/harness.ts'

/** What must be readable nowhere. Long and odd enough to be found by chance never. */
const secrets = {
  passphrase: 'canary passphrase Zephyrhills 7731',
  nextPassphrase: 'canary passphrase Quixotry 9082',
  mistyped: 'canary mistyped Wobbegong 4417',
  pikvm: 'canary-pikvm-Xylophage-5526',
  totp: 'MNQW4YLSPEWXI33UOAWVUZLQNB4XEMRT',
  bmc: 'canaryBmcYttria6638',
  kg: 'canaryKgVuvuzela3310',
  loginUser: 'canary-login-Ouabain-1194',
  loginPassword: 'canary-login-Phlogiston-2285',
  typedLine: 'canary typed Tarragon 6604',
}
/** What may be read, so that a search that finds nothing is known to search. */
const readable = 'readable-machine-Umbra-8846'

type Secret = string | Buffer

/** A secret in the forms in which it could lie about, in base64 at each of its three alignments. */
function formsOf(secret: Secret): Buffer[] {
  const bytes = Buffer.from(secret)
  const inBase64 = [0, 1, 2].flatMap((shift) => {
    const whole = Buffer.concat([Buffer.alloc(shift), bytes])
    const inner = whole.toString('base64').slice(shift === 0 ? 0 : 4, -4)
    return [inner, inner.replaceAll('+', '-').replaceAll('/', '_')]
  })
  const hex = bytes.toString('hex')
  const forms = [bytes, ...[hex, hex.toUpperCase(), ...inBase64].map((one) => Buffer.from(one))]
  if (typeof secret !== 'string') return forms
  return [...forms, Buffer.from(encodeURIComponent(secret)), Buffer.from(secret, 'utf16le')]
}

/** The parts of a P-256 key that only its owner knows, cut where PEM breaks its lines (48 bytes each). */
function halvesOf(pkcs8: Buffer): [Buffer, Buffer] {
  const { d = '' } = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' }).export({ format: 'jwk' })
  const own = Buffer.from(d, 'base64url')
  const at = pkcs8.indexOf(own)
  const lineEnd = 48 - (at % 48)
  return [own.subarray(0, lineEnd), own.subarray(lineEnd)]
}

/** Names of those that are in `places`, with where. */
function found(places: Map<string, Buffer>, texts: Record<string, Secret>): string[] {
  return Object.entries(texts).flatMap(([name, text]) =>
    [...places].flatMap(([where, bytes]) =>
      formsOf(text).some((form) => bytes.includes(form)) ? [`${name} in ${where}`] : [],
    ),
  )
}

let folder: string
let crashcart: Crashcart
let pikvm: SimPikvm
let bmc: SimBmc
let machine: SimMachine
const logged: string[] = []
const statuses: string[] = []
/** Everything that a browser was sent after the secrets were. */
const answers = new Map<string, Buffer>()
const issued: Record<string, Secret> = {}
/** Lies in a file of its own, so that HTTPS still works when the vault does not open. */
const tlsKey: Record<string, Secret> = {}
const exported: Buffer[] = []

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'crashcart-canaries-'))
  machine = new SimMachine({ name: 'canary', bootMs: 1_000 })
  pikvm = await startSimPikvm({ machine, users: { admin: secrets.pikvm }, totpSecret: secrets.totp })
  const users = [{ id: 3, name: 'crashcart', password: secrets.bmc, privilege: 3 }]
  bmc = await startBmc({ board: new PlainBoard(), users, kg: secrets.kg })
  const { config } = loadConfig({
    argv: [],
    env: {
      CRASHCART_HOST: '127.0.0.1',
      CRASHCART_PORT: '0',
      CRASHCART_HTTP: '127.0.0.1:0',
      CRASHCART_DATA: join(folder, 'data'),
      CRASHCART_KEY_FILE: join(folder, 'key'),
    },
  })
  const log = pino({ level: 'trace', base: null }, { write: (line: string) => void logged.push(line) })
  noteExportedKeys()
  noteKvmTokens()
  crashcart = await assemble(config, log, 'test')
  await crashcart.http.listen()
  await live()
  takeKeys()
}, 60_000)

afterAll(async () => {
  await crashcart.close()
  await bmc.close()
  await pikvm[Symbol.asyncDispose]()
  machine.dispose()
  rmSync(folder, { recursive: true, force: true })
})

/** Every private key that leaves the place where it was made. */
function noteExportedKeys(): void {
  const { subtle } = crypto
  const exportKey = subtle.exportKey.bind(subtle)
  vi.spyOn(subtle, 'exportKey').mockImplementation(async (format: KeyFormat, key: CryptoKey) => {
    const bytes = (await exportKey(format as 'pkcs8', key)) as ArrayBuffer
    if (key.type === 'private') exported.push(Buffer.from(bytes))
    return bytes as ArrayBuffer & JsonWebKey
  })
}

/** The tokens of the sessions that the PiKVM gives. */
function noteKvmTokens(): void {
  const auth = pikvm.kvmd?.auth
  if (auth === undefined) throw new Error('the PiKVM did not start')
  const login = auth.login.bind(auth)
  auth.login = (form) => {
    const token = login(form)
    issued[`kvmd's token ${Object.keys(issued).length}`] = token
    return token
  }
}

/** The key of the CA, and that of the certificate which the server shows. */
function takeKeys(): void {
  const shown = createPrivateKey(readFileSync(join(folder, 'data/tls/server.key')))
  for (const bytes of exported) {
    const [one, other] = halvesOf(bytes)
    const isShown = bytes.equals(shown.export({ format: 'der', type: 'pkcs8' }))
    if (isShown) Object.assign(tlsKey, { 'TLS key': one, 'TLS key, rest': other })
    else Object.assign(issued, { 'CA key': one, 'CA key, rest': other })
  }
}

/** Setup, a slip at signing in, devices with credentials, wrong ones too, a stored login, a new passphrase. */
async function live(): Promise<void> {
  const browser = new Client(crashcart.http.addresses().plain ?? '')
  const ask = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const answer = await browser.request(method, path, body === undefined ? {} : { body })
    answers.set(`${method} ${path} ${answer.status}`, Buffer.from(answer.text))
    statuses.push(`${method} ${path.replace(/[0-9a-f-]{36}/, ':id')} ${answer.status}`)
    return answer.json
  }
  issued['setupCode'] = (await crashcart.access.setup.issueCode()) ?? ''
  const password = secrets.passphrase
  await ask('POST', '/api/setup', { code: issued['setupCode'], name: 'owner', password, trust: true })
  await ask('POST', '/api/session', { name: 'owner', password: secrets.mistyped, trust: false })
  const { id: siteId } = (await ask('POST', '/api/sites', { name: 'Home', timeZone: 'UTC' })) as {
    id: string
  }
  const where = { address: pikvm.host, port: pikvm.port }
  const { fingerprint } = (await ask('POST', '/api/pikvm/probe', where)) as { fingerprint: string }
  const kvm = { ...where, fingerprint, user: 'admin', totpSecret: secrets.totp }
  const newMachine = { name: readable, siteId }
  await ask('POST', '/api/pikvm', { ...kvm, password: secrets.mistyped, machine: newMachine })
  await ask('POST', '/api/pikvm', { ...kvm, password: secrets.pikvm, machine: newMachine })
  const devices = (await ask('GET', '/api/devices')) as { id: string }[]
  const deviceId = devices[0]?.id ?? ''
  const board = { address: bmc.host, port: bmc.port, user: 'crashcart', machine: { deviceId } }
  await ask('POST', '/api/bmc', { ...board, password: secrets.mistyped.slice(0, 20), kg: secrets.kg })
  await ask('POST', '/api/bmc', { ...board, password: secrets.bmc, kg: secrets.kg })
  const login = { user: secrets.loginUser, password: secrets.loginPassword }
  await ask('PUT', `/api/devices/${deviceId}/login`, login)
  await ask('POST', '/api/session/password', { current: password, password: secrets.nextPassphrase })
  await useWhatIsToldOnce(browser, deviceId)
  await typeSecrets(browser, deviceId)
  await letIn(browser)
  await readEverything(browser, deviceId)
  for (const [name, token] of browser.cookies) issued[`cookie ${name}`] = token
}

/** Recovery codes and a guest link: each is told in the one answer that makes it, and used. */
async function useWhatIsToldOnce(browser: Client, deviceId: string): Promise<void> {
  const made = (await browser.post('/api/recovery-codes', {})).json as { codes: string[] }
  const [code = '', unused = ''] = made.codes
  const { token } = (await browser.post('/api/guest-links', { deviceId, level: 'look' })).json as {
    token: string
  }
  const claim = newToken()
  const visitor = new Client(browser.base)
  const used = [
    await visitor.post('/api/session/recovery', { name: 'owner', code, trust: false }),
    await new Client(browser.base).post('/api/guest/join', { token, name: 'Mia', claim }),
  ]
  for (const { status } of used) statuses.push(`told once ${status}`)
  Object.assign(issued, { code, unused, bareCode: unused.replaceAll('-', ''), token, claim })
}

/** A line, and then the stored password by a hold, on the machine's screen. */
async function typeSecrets(browser: Client, deviceId: string): Promise<void> {
  const told: string[] = []
  const socket = await browser.upgrade(`/api/screen/${deviceId}`, {}, (text) => told.push(text))
  if (typeof socket === 'number') throw new Error(`the screen was refused: ${socket}`)
  const say = (message: object): void => socket.send(JSON.stringify(message))
  const isDone = (id: string): boolean =>
    told.some((text) => text.includes(`"id":"${id}"`) && text.includes('"state":"done"'))
  say({ type: 'take' })
  await until('control', () => told.join('').includes('"you":true'))
  say({ type: 'text', id: 'line', text: `${secrets.typedLine}\n`, layout: 'us' })
  await until('the typed line', () => isDone('line'))
  const permit = await browser.post(`/api/devices/${deviceId}/login/permit`, { part: 'password' })
  const { nonce } = permit.json as { nonce: string }
  await new Promise((held) => setTimeout(held, 500))
  say({ type: 'login', id: 'login', what: 'password', nonce, withEnter: true, layout: 'us' })
  await until('the typed password', () => isDone('login'))
  socket.close()
  issued['login permit'] = nonce
  answers.set('/api/screen', Buffer.from(told.join('\n')))
}

/** The way back in from the host: a passphrase that only the terminal shows, and a sign-in with it. */
async function letIn(browser: Client): Promise<void> {
  const { lines } = await runAdminRequest(crashcart.access, { command: 'letIn', name: null })
  const passphrase = lines[1] ?? ''
  Object.assign(issued, { 'let-in passphrase': passphrase, 'bare let-in': passphrase.replaceAll('-', '') })
  for (const [name, token] of browser.cookies) issued[`former cookie ${name}`] = token
  const { status } = await browser.signIn('owner', passphrase)
  statuses.push(`let in ${status}`)
}

async function readEverything(browser: Client, deviceId: string): Promise<void> {
  const messages: string[] = []
  const socket = await browser.upgrade('/api/live', {}, (text) => messages.push(text))
  await until('the snapshot with its states', () => messages.join('').includes('"reachable":{"value":true'))
  if (typeof socket !== 'number') socket.close()
  answers.set('/api/live', Buffer.from(messages.join('\n')))
  const endpoints = (await browser.get('/api/endpoints')).json as { id: string; kind: string }[]
  const kvmId = endpoints.find(({ kind }) => kind === 'pikvm')?.id ?? ''
  for (const { method, url } of crashcart.routes) {
    if (method !== 'GET') continue
    const path = url
      .replace('/devices/:id', `/devices/${deviceId}`)
      .replace('/endpoints/:id', `/endpoints/${kvmId}`)
      .replace(/:\w+/g, 'x')
    const { text, status } = await browser.get(path)
    answers.set(path, Buffer.from(text))
    if (url.startsWith('/api/endpoints/:id/')) statuses.push(`GET ${url} ${status}`)
  }
}

function files(): Map<string, Buffer> {
  const all = readdirSync(join(folder, 'data'), { recursive: true, withFileTypes: true })
  const names = all.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name))
  return new Map(names.map((name) => [name.slice(folder.length), readFileSync(name)]))
}

/** What a backup holds. */
function backup(): Map<string, Buffer> {
  const copy = join(folder, 'copy.db')
  const db = new DatabaseSync(join(folder, 'data/crashcart.db'))
  db.exec(`VACUUM INTO '${copy}'`)
  db.close()
  return new Map([['a backup', readFileSync(copy)]])
}

describe('secrets', () => {
  it('were taken: the devices answer with them', () => {
    expect(statuses).toEqual([
      'POST /api/setup 200',
      'POST /api/session 401',
      'POST /api/sites 200',
      'POST /api/pikvm/probe 200',
      'POST /api/pikvm 502',
      'POST /api/pikvm 200',
      'GET /api/devices 200',
      'POST /api/bmc 502',
      'POST /api/bmc 200',
      'PUT /api/devices/:id/login 204',
      'POST /api/session/password 204',
      'told once 200',
      'told once 200',
      'let in 200',
      'GET /api/endpoints/:id/offer 200',
      'GET /api/endpoints/:id/stream 200',
    ])
    expect(Object.keys(issued)).toEqual(
      expect.arrayContaining(['CA key', 'CA key, rest', expect.stringContaining("kvmd's token")]),
    )
    expect(machine.typedLines.map(({ text }) => text)).toEqual([secrets.typedLine, secrets.loginPassword])
    const live = answers.get('/api/live')?.toString() ?? ''
    expect(live).toContain(readable)
    expect(bmc.sessions.active).toHaveLength(1)
    expect(found(new Map([['x', Buffer.from(`a${secrets.bmc}`, 'ascii')]]), secrets)).toEqual(['bmc in x'])
  })

  it('are in no file of the data directory, the write-ahead log included, and in no backup', () => {
    const places = new Map([...files(), ...backup()])
    expect([...places.keys()].some((name) => name.endsWith('-wal'))).toBe(true)
    expect(found(places, { readable })).toContain('readable in /data/crashcart.db-wal')
    expect(found(places, { readable })).toContain('readable in a backup')
    expect(found(places, { ...secrets, ...issued })).toEqual([])
    const own = '/data/tls/server.key'
    expect(found(places, tlsKey)).toEqual([`TLS key in ${own}`, `TLS key, rest in ${own}`])
    expect(statSync(join(folder, own)).mode & 0o077).toBe(0)
  })

  it('are in no line of the log, at its most talkative', () => {
    const lines = new Map([['the log', Buffer.from(logged.join(''))]])
    expect(logged.length).toBeGreaterThan(0)
    expect(found(lines, { ...secrets, ...issued, ...tlsKey })).toEqual([])
  })

  it('are in no answer, snapshot or record, also not for the admin who gave them', () => {
    expect(found(answers, { readable })).toContain('readable in /api/audit')
    expect(found(answers, { ...secrets, ...issued, ...tlsKey })).toEqual([])
  })
})
