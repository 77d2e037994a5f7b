import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { StrangerLimits } from '../../server/http/stranger-limits.ts'

const servers: Server[] = []
const clients: Socket[] = []

afterEach(() => {
  for (const client of clients.splice(0)) client.destroy()
  for (const server of servers.splice(0)) server.close()
})

const limits = { ofOneAddress: 3, ofAll: 5 }

/** A server with small limits, and connections to it from addresses of loopback. */
async function start(proxy = '', own = limits) {
  const clock = { now: 0 }
  const strangers = new StrangerLimits(
    (address) => address === proxy,
    own,
    () => clock.now,
  )
  const server = createServer().listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  strangers.attach(server)
  const { port } = server.address() as AddressInfo
  async function open(localAddress: string): Promise<{ client: Socket; accepted: Socket }> {
    const accepting = once(server, 'connection') as Promise<[Socket]>
    const client = connect({ port, host: '127.0.0.1', localAddress })
    clients.push(client)
    client.on('error', () => undefined)
    const [accepted] = await accepting
    return { client, accepted }
  }
  return { strangers, open, clock }
}

/** Which of them the server has kept. */
const kept = (all: { accepted: Socket }[]): boolean[] => all.map(({ accepted }) => !accepted.destroyed)

it('a new connection is always taken; of one address that has too many the oldest goes', async () => {
  const { open } = await start()
  const all = [await open('127.0.0.2'), await open('127.0.0.2'), await open('127.0.0.2')]
  const other = await open('127.0.0.3')
  expect(kept([...all, other])).toEqual([true, true, true, true])
  all.push(await open('127.0.0.2'))
  expect(kept([...all, other])).toEqual([false, true, true, true, true])
})

it('when there are too many in all, the address that holds most gives one up, and nobody else', async () => {
  const { open } = await start()
  const crowd = [await open('127.0.0.2'), await open('127.0.0.2'), await open('127.0.0.2')]
  const others = [await open('127.0.0.3'), await open('127.0.0.4')]
  const owner = await open('127.0.0.5')
  expect(kept(crowd)).toEqual([false, true, true])
  expect(kept([...others, owner])).toEqual([true, true, true])
})

it('a connection that has shown a session is left alone', async () => {
  const { strangers, open } = await start()
  const owner = await open('127.0.0.2')
  strangers.trust(owner.accepted)
  const crowd = []
  for (let i = 0; i < 20; i++) crowd.push(await open('127.0.0.2'))
  expect(owner.accepted.destroyed).toBe(false)
  expect(kept(crowd).filter(Boolean)).toHaveLength(limits.ofOneAddress)
})

it('connections of a listed proxy are everybody’s: only the limit of all counts there', async () => {
  const { open } = await start('127.0.0.2')
  const all = []
  for (let i = 0; i < 6; i++) all.push(await open('127.0.0.2'))
  expect(kept(all)).toEqual([false, true, true, true, true, true])
})

it('what was closed counts no more', async () => {
  const { open } = await start()
  for (let i = 0; i < 3; i++) {
    const { client, accepted } = await open('127.0.0.2')
    client.destroy()
    await once(accepted, 'close')
  }
  const all = [await open('127.0.0.2'), await open('127.0.0.2'), await open('127.0.0.2')]
  expect(kept(all)).toEqual([true, true, true])
})

it('who holds many and comes again and again is turned away, only then, and nobody else', async () => {
  const { open, clock } = await start('', { ofOneAddress: 10, ofAll: 100 })
  const come = async (times: number): Promise<{ accepted: Socket }[]> => {
    const all = []
    for (let n = 0; n < times; n++) all.push(await open('127.0.0.2'))
    return all
  }
  const first = await come(10)
  const changed = await come(32)
  expect(kept([...first, ...changed]).filter(Boolean)).toHaveLength(10)
  expect(kept(await come(5))).toEqual([false, false, false, false, false])
  expect(kept(changed.slice(-10))).not.toContain(false)
  expect(kept([await open('127.0.0.3')])).toEqual([true])
  clock.now = 1_000
  expect(kept(await come(7)).filter(Boolean)).toHaveLength(5)
})
