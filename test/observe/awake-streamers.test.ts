import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { MachineState } from '../../server/contract/state.ts'
import { blankNet } from '../../server/observe/blank-net.ts'
import { AwakeStreamers, type AwakeStreamersParts } from '../../server/observe/awake-streamers.ts'

/** One machine `nas1` behind endpoint `kvm1`; `streams` counts who watches its video. */
function makeParts() {
  let judged: (state: MachineState) => void = () => undefined
  const fake = { streams: 0, refreshed: 0, judge: (state: MachineState) => judged(state) }
  const video = {
    subscribe: () => {
      fake.streams++
      return () => void fake.streams--
    },
  }
  const parts = {
    inventory: { consoleOf: () => ({ endpointId: 'kvm1' }), deviceOf: () => 'nas1' },
    connections: { of: () => ({ video }), onReplaced: () => () => undefined, onState: () => () => undefined },
    observer: {
      onChange: (listener: typeof judged) => {
        judged = listener
        return () => (judged = () => undefined)
      },
    },
    pictures: {
      refresh: async () => {
        fake.refreshed++
        return null
      },
    },
  }
  return { fake, parts: parts as unknown as AwakeStreamersParts }
}

function stateOf(health: MachineState['health'], isReachable: boolean): MachineState {
  const kvm = { reachable: { value: isReachable, observedAt: 1, since: 1 } } as MachineState['kvm']
  return {
    deviceId: 'nas1',
    siteId: 's',
    health,
    cause: 'answers',
    since: 1,
    net: blankNet(0),
    checks: [],
    kvm,
    bmc: null,
    power: { value: null, observedAt: 0, since: 0 },
    pictureAt: null,
  }
}

describe('waking streamers', () => {
  let made: ReturnType<typeof makeParts>
  let streamers: AwakeStreamers
  beforeEach(() => {
    vi.useFakeTimers()
    made = makeParts()
    streamers = new AwakeStreamers(made.parts)
    streamers.start()
  })
  afterEach(() => {
    streamers.close()
    vi.useRealTimers()
  })

  it('streams for as long as somebody has the page open, counted for each', () => {
    const first = streamers.keep('nas1')
    const second = streamers.keep('nas1')
    expect(made.fake.streams).toBe(2)
    first()
    first()
    expect(made.fake.streams).toBe(1)
    second()
    expect(made.fake.streams).toBe(0)
    expect(made.fake.refreshed).toBeGreaterThan(0)
  })

  it('takes a look for 10 s when a machine goes bad, once', () => {
    made.fake.judge(stateOf('up', true))
    expect(made.fake.streams).toBe(0)
    made.fake.judge(stateOf('down', true))
    made.fake.judge(stateOf('down', true))
    expect(made.fake.streams).toBe(1)
    vi.advanceTimersByTime(10_000)
    expect(made.fake.streams).toBe(0)
  })

  it('leaves a KVM alone that does not answer, or whose machine is well', () => {
    made.fake.judge(stateOf('down', false))
    made.fake.judge(stateOf('up', true))
    made.fake.judge(stateOf('unknown', true))
    expect(made.fake.streams).toBe(0)
  })
})
