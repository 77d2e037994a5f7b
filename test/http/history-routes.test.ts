import { afterAll, beforeAll, expect, it } from 'vitest'
import type { HistoryEntry, MachineHistory } from '../../server/contract/history.ts'
import type { History } from '../../server/history/history.ts'
import { historyRoutes } from '../../server/http/routes/history.ts'
import { startTestServer, type TestServer } from './harness.ts'

const health: HistoryEntry = {
  type: 'change',
  at: 3,
  change: { fact: 'health', value: 'down', cause: 'noNetwork' },
}
const moved: HistoryEntry = {
  type: 'change',
  at: 2,
  change: { fact: 'address', value: 'moved', to: '10.0.0.143' },
}
const gap: HistoryEntry = { type: 'gap', at: 1, from: 0 }

let server: TestServer
beforeAll(async () => {
  const history = {
    page: async (): Promise<MachineHistory> => ({ entries: [health, moved, gap], before: null }),
  }
  server = await startTestServer({ routes: historyRoutes(history as unknown as History) })
})
afterAll(() => server.close())

it('tells a guest the history of a machine without its addresses', async () => {
  const path = '/api/devices/nas1/history'
  const viewer = await server.signedIn('viewer')
  expect((await viewer.get(path)).json).toEqual({ entries: [health, moved, gap], before: null })
  const guest = await server.guest('look', 'nas1')
  expect((await guest.get(path)).json).toEqual({ entries: [health, gap], before: null })
})
