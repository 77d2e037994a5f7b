import { beforeEach, describe, expect, it } from 'vitest'
import type { NamedPath } from '../../../../web/api/named-path.ts'
import type { KvmState } from '../../../../server/contract/state.ts'
import DeviceFacts from '../../../../web/features/device/DeviceFacts.vue'
import DevicePaths from '../../../../web/features/device/DevicePaths.vue'
import { en } from '../../../../web/features/device/words.ts'
import { atx } from '../../../power/power-world.ts'
import { useLivePage } from '../../live-page.ts'
import { device, kvm, observed, state } from '../../machines.ts'
import { saidBy } from '../../said-by.ts'

const now = Date.UTC(2026, 10, 9, 22, 15)
const page = useLivePage()
beforeEach(() => page.snapshot(now))

describe('the facts of a machine', () => {
  const facts = (fields: Partial<KvmState>): Promise<string> => {
    const reachable = { value: true, since: now - 60_000, observedAt: now }
    const known = kvm({ reachable, ...fields })
    return saidBy(DeviceFacts, { device: device('d1'), state: state('d1', { kvm: known }) }, { now })
  }

  it('have the disk’s light where it is wired, and nothing of it where nobody knows', async () => {
    expect(await facts({ hddActive: observed(true, now), hddWasLit: true })).toMatch(/Disk light: on now/)
    expect(await facts({ hddActive: observed(true, now) })).not.toMatch(/Disk light/)
  })

  it('have the heat of a KVM that suffers from it', async () => {
    expect(await facts({ cpuTemperatureC: observed(81, now) })).toMatch(/KVM is hot: 81 °C/)
    expect(await facts({})).not.toMatch(/hot/)
  })
})

describe('the ways to a machine’s power', () => {
  const way = (fields: Partial<NamedPath>): NamedPath => ({ ...atx, portLabel: null, ...fields })
  const ways = (path: NamedPath, mayTry: boolean): Promise<string> =>
    saidBy(DevicePaths, { paths: [path], state: state('d1', { kvm: kvm() }), mayTry, words: en }, { now })

  it('each say when they were last proven, or that they never were tried', async () => {
    expect(await ways(way({}), false)).toBe('reset by PiKVM never tried')
    expect(await ways(way({ provenAt: now }), false)).toMatch(/^reset by PiKVM proven .*Nov/)
  })

  it('are each offered for a try to whoever may press', async () => {
    expect(await ways(way({}), true)).toMatch(/Try it now…$/)
    expect(await ways(way({}), false)).not.toMatch(/Try/)
  })
})
