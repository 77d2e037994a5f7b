import { mkdtempSync, rmSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { newToken, tokenHash } from '../server/access/token.ts'
import { tables } from '../server/store/tables.ts'
import { ApiClient } from './support/api-client.ts'
import { startServer } from './support/server-process.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'crashcart-restart-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

/** Sessions of the one user, as so many sign-ins would have left them: each of those takes a slow hash. */
function addSessions(count: number, userId: string): string[] {
  const db = new DatabaseSync(join(dir, 'data', 'crashcart.db'), { timeout: 5_000 })
  const at = Date.now()
  const tokens = Array.from({ length: count }, newToken)
  for (const [index, token] of tokens.entries()) {
    tables.sessions.create(db, {
      id: `session-${index}`,
      tokenHash: tokenHash(token),
      userId,
      trusted: true,
      isRecovery: false,
      userAgent: '',
      address: '127.0.0.1',
      createdAt: at,
      lastSeenAt: at,
      expiresAt: at + 3_600_000,
    })
  }
  db.close()
  return tokens
}

/** Opens `/api/live` with a session's cookie and waits for all that it tells first. */
async function follow(port: number, token: string): Promise<WebSocket> {
  const host = `localhost:${port}`
  const socket = new WebSocket(`wss://127.0.0.1:${port}/api/live`, {
    rejectUnauthorized: false,
    origin: `https://${host}`,
    headers: { host, cookie: `__Host-sid=${token}` },
  })
  const first = await new Promise<string>((resolve, reject) => {
    socket.once('message', (data: Buffer) => resolve(data.toString()))
    socket.once('error', reject)
    socket.once('close', (code) => reject(new Error(`closed with ${code}`)))
  })
  expect(JSON.parse(first)).toMatchObject({ type: 'snapshot' })
  return socket
}

it('TERM with 100 sessions connected ends the server in 10 s, and each goes on after the next start', async () => {
  const first = await startServer({ dataDir: dir })
  const code = (await first.find(/setup code: (\S+)/))[1]
  const owner = new ApiClient(first.port)
  await owner.ok('POST', '/api/setup', { code, name: 'kei', password: 'correct horse battery', trust: true })
  const { user } = await owner.ok<{ user: { id: string } }>('GET', '/api/session')
  const tokens = addSessions(100, user.id)
  const sockets = await Promise.all(tokens.map((token) => follow(first.port, token)))
  const closed = sockets.map((socket) => new Promise((resolve) => socket.once('close', resolve)))

  const from = Date.now()
  expect(await first.stop()).toBe(0)
  expect(Date.now() - from).toBeLessThan(10_000)
  await Promise.all(closed)

  const second = await startServer({ dataDir: dir })
  const resumed = await Promise.all(tokens.map((token) => follow(second.port, token)))
  expect(resumed).toHaveLength(100)
  for (const socket of resumed) socket.terminate()
  expect(await second.stop()).toBe(0)
}, 60_000)
