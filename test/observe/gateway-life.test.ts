import { describe, expect, it } from 'vitest'
import type { CheckResult } from '../../server/contract/state.ts'
import { makeGatewayAsk } from '../../server/observe/gateway-life.ts'

/** A gateway whose pings and ports answer in this order, then no more; and what it was asked. */
function make(pings: readonly boolean[], ports: readonly CheckResult[]) {
  const asked = { pings: 0, ports: [] as number[] }
  const ask = makeGatewayAsk({ ask: () => Promise.resolve(pings[asked.pings++] ?? false) }, ({ port }) => {
    const result = ports[asked.ports.length] ?? 'noAnswer'
    asked.ports.push(port)
    return Promise.resolve({ result, said: null })
  })
  return { asked, ask: () => ask('10.0.0.1') }
}

describe('a gateway’s sign of life', () => {
  it('is a ping, and then nothing else is asked', async () => {
    const { asked, ask } = make([true], [])
    expect(await ask()).toBe(true)
    expect(asked).toEqual({ pings: 1, ports: [] })
  })

  it('is the second ping when the first is lost', async () => {
    expect(await make([false, true], []).ask()).toBe(true)
  })

  it.each(['answers', 'refused', 'silent'] as const)('is a port that %s', async (result) => {
    expect(await make([], ['noAnswer', 'noAnswer', result]).ask()).toBe(true)
  })

  it('may come late: a router that refuses does so once a second only', async () => {
    expect(await make([], [...Array<CheckResult>(4).fill('noAnswer'), 'refused']).ask()).toBe(true)
  })

  it('is missing when neither pings nor ports bring any, asked twice', async () => {
    const { asked, ask } = make([], [])
    expect(await ask()).toBe(false)
    expect(asked.ports).toEqual([53, 80, 443, 22, 53, 80, 443, 22])
  })
})
