import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { StreamControl } from '../../server/drivers/driver.ts'
import type { Audit, Connections } from '../../server/domain.ts'
import { streamRoutes } from '../../server/http/routes/stream.ts'
import { FakeKvm } from '../consoles/fake-kvm.ts'
import { OneMachine } from '../consoles/rig.ts'
import { startTestServer, type Client, type TestServer } from './harness.ts'

const quality = { quality: { value: 80, min: 1, max: 100 } }
const order: string[] = []
let audited: { event: string; detail: unknown; deviceId: unknown }[]
let isRecordable = true
let server: TestServer
let admin: Client

beforeEach(async () => {
  order.length = 0
  audited = []
  isRecordable = true
  const stream = {
    read: () => Promise.resolve(quality),
    change: (change) => {
      order.push(`changed ${JSON.stringify(change)}`)
      return Promise.resolve({ settings: quality, notTaken: ['quality'] })
    },
  } satisfies StreamControl
  const machine = new OneMachine(Object.assign(new FakeKvm(), { stream }))
  const endpoint = { id: 'kvm1' } as ReturnType<OneMachine['inventory']['endpoint']>
  const inventory = { ...machine.inventory, endpoint: (id: string) => (id === 'kvm1' ? endpoint : undefined) }
  const connections: Connections = { ...machine.connections }
  const audit: Audit = {
    record: (_actor, event, { detail, deviceId }) => {
      if (!isRecordable) return Promise.reject(new Error('the disk is full'))
      order.push('recorded')
      audited.push({ event, detail, deviceId })
      return Promise.resolve()
    },
  }
  server = await startTestServer({ routes: streamRoutes({ inventory, connections, audit }) })
  admin = await server.setUp()
})
afterEach(() => server.close())

const put = (body: unknown) => admin.request('PUT', '/api/endpoints/kvm1/stream', { body })

describe('the stream settings of a KVM over REST', () => {
  it('are read from the device, and unknown for what is not there', async () => {
    expect((await admin.get('/api/endpoints/kvm1/stream')).json).toEqual(quality)
    expect((await admin.get('/api/endpoints/other/stream')).status).toBe(404)
  })

  it('are changed after it was recorded, and answer what the device did not take', async () => {
    const answer = await put({ quality: 60 })
    expect(answer.json).toEqual({ settings: quality, notTaken: ['quality'] })
    expect(order).toEqual(['recorded', 'changed {"quality":60}'])
    expect(audited).toMatchObject([
      { event: 'kvm.streamChanged', detail: { endpointId: 'kvm1', quality: 60 }, deviceId: 'nas1-id' },
    ])
  })

  it('stay as they are when that cannot be recorded', async () => {
    isRecordable = false
    expect((await put({ quality: 60 })).status).toBe(500)
    expect(order).toEqual([])
  })

  it('refuse what is no change', async () => {
    for (const body of [{}, { quality: 1.5 }, { resolution: '1x1' }, { quality: -1 }])
      expect((await put(body)).status).toBe(400)
    expect(order).toEqual([])
  })
})
