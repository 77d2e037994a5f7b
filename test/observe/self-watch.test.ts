import { describe, expect, it } from 'vitest'
import type { SelfState } from '../../server/contract/state.ts'
import { OwnNetwork } from '../../server/observe/self-watch.ts'
import { FakeGateway } from './fake-self.ts'

function make(answers: boolean | null = true) {
  const gateway = new FakeGateway(answers)
  const told: SelfState[] = []
  const clock = { now: 5000 }
  const self = new OwnNetwork({ gateway, now: () => clock.now })
  self.onChange((state) => told.push(state))
  return { gateway, self, told, clock }
}

describe('doubt about the own network', () => {
  it('begins when the gateway falls silent, since then, and ends when it is heard', () => {
    const { gateway, self, told } = make()
    expect(self.state().doubt).toBeNull()
    gateway.say(false, 7000)
    expect(self.state().doubt).toEqual({ by: 'gateway', since: 7000 })
    gateway.say(true, 9000)
    expect(self.state().doubt).toBeNull()
    expect(told.map(({ doubt }) => doubt?.by ?? null)).toEqual(['gateway', null])
  })

  it('begins when most went silent at once, and keeps its time while that lasts', () => {
    const { self, told, clock } = make()
    self.reviewSilence([1000, 2000, null])
    clock.now = 8000
    self.reviewSilence([1000, 2000, 7000])
    expect(self.state().doubt).toEqual({ by: 'majority', since: 5000 })
    self.reviewSilence([1000, null, null])
    expect(self.state().doubt).toBeNull()
    expect(told).toHaveLength(2)
  })

  it('does not begin with a gateway that was never heard', () => {
    const { gateway, self } = make(null)
    gateway.say(null)
    expect(self.isDoubtful).toBe(false)
  })

  it('has the gateway asked before a new silence is believed, where there is one that was heard', async () => {
    const heard = make()
    await heard.self.confirmSilence()
    expect(heard.gateway.looks).toBe(1)
    const unheard = make(null)
    await unheard.self.confirmSilence()
    expect(unheard.gateway.looks).toBe(0)
  })
})
