import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { startBmc, type SimBmc } from '../../../server/sim/bmc/bmc.ts'
import { seededRandom } from '../../../server/sim/bmc/faults.ts'
import { PlainBoard } from '../../../server/sim/bmc/plain-board.ts'
import { until } from '../../peers/ipmi/child.ts'
import { setUp } from '../../support/fresh-server.ts'
import { rounds } from '../../support/rounds.ts'
import { startServer, type ServerProcess } from '../../support/server-process.ts'

/** Restarts of the whole server; three without cleaning up would leave three sessions. */
const crashes = rounds(3, 50)

let bmc: SimBmc
let server: ServerProcess | undefined
const dataDir = mkdtempSync(join(tmpdir(), 'crashcart-left-'))

afterEach(async () => {
  await server?.stop()
  await bmc.close()
  rmSync(dataDir, { recursive: true, force: true })
})

/** A server with one BMC, signed in to as an operator, as the guide advises. */
async function serverWithBmc(): Promise<ServerProcess> {
  const started = await startServer({ dataDir })
  const { admin, siteId } = await setUp(started, 'Haruka')
  const login = { user: 'oper', password: 'oper', machine: { name: 'node1', siteId } }
  await admin.ok('POST', '/api/bmc', { address: bmc.host, port: bmc.port, ...login })
  return started
}

it(
  `${crashes} times kill -9 leaves at most two sessions in the BMC, and TERM none`,
  { timeout: 90_000 + crashes * 20_000 },
  async () => {
    bmc = await startBmc({ board: new PlainBoard(), maxSessions: 3 })
    const random = seededRandom(5)
    const known = new Set<number>()
    const hasNewSession = (): boolean => bmc.sessions.all.some(({ id }) => !known.has(id))
    server = await serverWithBmc()
    for (let i = 0; i < crashes; i++) {
      // In the middle of a login, or some time after.
      await until('the server to log in', hasNewSession, 20_000)
      await new Promise((resolve) => setTimeout(resolve, random() * 40))
      server.child.kill('SIGKILL')
      await once(server.child, 'exit')
      expect(bmc.sessions.all.length).toBeLessThanOrEqual(2)
      for (const { id } of bmc.sessions.all) known.add(id)
      server = await startServer({ dataDir })
    }
    const isAlone = (): boolean => bmc.sessions.all.length === 1 && bmc.sessions.active.length === 1
    await until('the last start to have cleaned up', () => hasNewSession() && isAlone())
    await server.stop()
    expect(bmc.sessions.all).toEqual([])
  },
)
