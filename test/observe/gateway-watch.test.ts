import { describe, expect, it } from 'vitest'
import { GatewayWatch } from '../../server/observe/gateway-watch.ts'

function make(address: string | null, ...answers: boolean[]) {
  const world = { address, clock: 0, asked: [] as string[], told: 0 }
  const watch = new GatewayWatch({
    find: async () => world.address,
    ask: async (asked) => {
      world.asked.push(asked)
      return answers.shift() ?? false
    },
    now: () => world.clock,
    monotonic: () => world.clock,
  })
  watch.onChange(() => world.told++)
  const lookAt = async (clock: number) => {
    world.clock = clock
    await watch.look()
    return watch.gateway
  }
  return { world, watch, lookAt }
}

describe('the own gateway', () => {
  it('falls silent since the look that heard nothing, and is heard again', async () => {
    const { world, lookAt } = make('10.0.0.1', true, true, false, false, true)
    expect(await lookAt(10_000)).toMatchObject({
      address: '10.0.0.1',
      answers: { value: true, since: 10_000 },
    })
    expect(await lookAt(20_000)).toMatchObject({ answers: { since: 10_000, observedAt: 20_000 } })
    expect(await lookAt(30_000)).toMatchObject({ answers: { value: false, since: 30_000 } })
    expect(await lookAt(40_000)).toMatchObject({ answers: { value: false, since: 30_000 } })
    expect(await lookAt(50_000)).toMatchObject({ answers: { value: true, since: 50_000 } })
    expect(world.told).toBe(3)
  })

  it('is never called silent when it was never heard', async () => {
    const { lookAt } = make('10.0.0.1', false, false)
    expect(await lookAt(10_000)).toMatchObject({ answers: { value: null } })
    expect(await lookAt(20_000)).toMatchObject({ answers: { value: null } })
  })

  it('is silent, not forgotten, when its route goes with the cable', async () => {
    const { world, lookAt } = make('10.0.0.1', true)
    await lookAt(10_000)
    world.address = null
    expect(await lookAt(20_000)).toMatchObject({ address: '10.0.0.1', answers: { value: false } })
    expect(world.asked).toEqual(['10.0.0.1'])
  })

  it('is nobody where there is no default route', async () => {
    expect(await make(null).lookAt(10_000)).toBeNull()
  })

  it('begins anew with another address', async () => {
    const { world, lookAt } = make('10.0.0.1', true, false)
    await lookAt(10_000)
    world.address = '10.0.0.2'
    expect(await lookAt(20_000)).toMatchObject({ address: '10.0.0.2', answers: { value: null } })
  })

  it('is asked once for all who want to know at the same time, and again a second later', async () => {
    const { world, watch, lookAt } = make('10.0.0.1', true, true)
    world.clock = 10_000
    await Promise.all([watch.look(), watch.look()])
    await lookAt(10_900)
    expect(world.asked).toHaveLength(1)
    await lookAt(11_000)
    expect(world.asked).toHaveLength(2)
  })
})
