import { describe, expect, it } from 'vitest'
import { listenerRoutes } from '../../server/http/routes/listener.ts'
import { startTestServer } from './harness.ts'

describe('who can reach the port', () => {
  it.each([
    ['127.0.0.1', true],
    ['127.0.0.53', true],
    ['::1', true],
    ['localhost', true],
    ['::', false],
    ['0.0.0.0', false],
    ['192.168.1.5', false],
  ])('bound to %s: only this computer: %s', async (host, isLoopbackOnly) => {
    const [route] = listenerRoutes({ host })
    expect(await route?.handle({} as never)).toEqual({ isLoopbackOnly })
  })

  it('is told to admins', async () => {
    const server = await startTestServer()
    const admin = await server.setUp()
    expect((await admin.get('/api/listener')).json).toEqual({ isLoopbackOnly: true })
    await server.close()
  })
})
