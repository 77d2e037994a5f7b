import { describe, expect, it } from 'vitest'
import type { Console, Device, Endpoint } from '../../../../server/contract/inventory.ts'
import type { KvmState, SeatPlace } from '../../../../server/contract/state.ts'
import { blankKvmState } from '../../../../server/drivers/blank-kvm-state.ts'
import { seatLook } from '../../../../web/features/strips/seat-look.ts'

const now = 1_000_000
const device = (id: string) => [id, { id, name: `name of ${id}` } as Device] as const
const consoleAt = (deviceId: string, port: number): Console => ({
  id: `c${port}`,
  deviceId,
  endpointId: 'kvm1',
  port,
  type: 'kvm',
})
const known = {
  consoles: [consoleAt('a', 0), consoleAt('b', 1)],
  devices: new Map([device('a'), device('b')]),
  endpoints: new Map([['kvm1', { portLabels: ['1.1', '1.2', '1.3', '1.4'] } as Endpoint]]),
}
type Shown = NonNullable<KvmState['seat']>['shown']

function kvm(place: SeatPlace | null, shown: Partial<Shown> = {}, port: number | null = 0): KvmState {
  const observed = { value: place, observedAt: now, since: now }
  const blank = blankKvmState('kvm1', null, now)
  return {
    ...blank,
    reachable: { ...blank.reachable, value: true },
    seat: {
      port,
      label: '1',
      place: observed,
      longPressS: null,
      shown: { port: 1, label: '2', since: now - 120_000, by: 'Aki', ...shown },
    },
  }
}

describe('what a machine’s page says of a shared KVM', () => {
  it('which machine it shows, who switched it and when', () => {
    expect(seatLook(kvm('elsewhere'), known, now)).toEqual({
      type: 'elsewhere',
      shows: 'name of b',
      label: '2',
      by: 'Aki',
      since: now - 120_000,
    })
  })

  it('only the port where nothing is known there, or the person may not see it', () => {
    const shown = { port: 2, label: '3' }
    expect(seatLook(kvm('elsewhere', shown), known, now)).toMatchObject({ shows: null, label: '3' })
    const limited = { ...known, consoles: [consoleAt('a', 0)] }
    expect(seatLook(kvm('elsewhere'), limited, now)).toMatchObject({ shows: null, label: '2' })
    const otherKvm = { ...known, consoles: [{ ...consoleAt('b', 1), endpointId: 'kvm2' }] }
    expect(seatLook(kvm('elsewhere'), otherKvm, now)).toMatchObject({ shows: null })
  })

  it('for a minute that somebody switched it here, and then nothing', () => {
    const here = (ago: number, by: string | null) =>
      seatLook(kvm('here', { port: 0, since: now - ago, by }), known, now)
    expect(here(12_000, 'Aki')).toEqual({ type: 'cameHere', by: 'Aki', since: now - 12_000 })
    expect(here(61_000, 'Aki')).toBeNull()
    expect(here(1_000, null)).toBeNull()
  })

  it('that it is on its way, that its port is gone, or that nobody said which one it is', () => {
    expect(seatLook(kvm('moving'), known, now)).toEqual({ type: 'coming' })
    expect(seatLook(kvm('arriving'), known, now)).toEqual({ type: 'coming' })
    expect(seatLook(kvm('leaving'), known, now)).toEqual({ type: 'leaving' })
    expect(seatLook(kvm('noPort'), known, now)).toMatchObject({ type: 'noPort', label: '1.1' })
    expect(seatLook(kvm('noPort', {}, 5), known, now)).toMatchObject({ type: 'noPort', label: '2.2' })
    expect(seatLook(kvm('noPort', {}, null), known, now)).toMatchObject({ type: 'noPort', label: '' })
  })

  it('nothing while the KVM does not answer, and of a KVM that a machine has for itself', () => {
    const { seat: _seat, ...alone } = kvm('here')
    expect(seatLook(alone, known, now)).toBeNull()
    const silent = kvm('elsewhere')
    expect(seatLook({ ...silent, reachable: { ...silent.reachable, value: false } }, known, now)).toBeNull()
    expect(seatLook(kvm(null), known, now)).toBeNull()
  })
})
