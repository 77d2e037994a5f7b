import { afterEach, describe, expect, it, vi } from 'vitest'
import { createGuestPresence, guestChange, type GuestPresence } from '../../server/access/guest-presence.ts'
import type { GuestLinkRow } from '../../server/contract/guest.ts'
import type { LiveChange } from '../../server/contract/live.ts'

function linkOf(id: string, name: string | null): GuestLinkRow {
  const guest =
    name === null ? null : { name, joinedAt: 5, lastSeenAt: 6, userAgent: 'x', address: '10.0.0.1' }
  return { id, deviceId: 'd1', level: 'look', byName: 'Ada', createdAt: 1, expiresAt: 9, guest }
}
const mia = {
  id: 'g1',
  name: 'Mia',
  deviceId: 'd1',
  level: 'look',
  byName: 'Ada',
  joinedAt: 5,
  expiresAt: 9,
} as const

describe('who is in by a guest link', () => {
  let presence: GuestPresence | null = null
  afterEach(() => {
    presence?.close()
    vi.useRealTimers()
  })

  async function start(first: GuestLinkRow[]) {
    vi.useFakeTimers()
    const world = { links: first, asked: 0, isBroken: false, announce: (): void => undefined }
    const told: LiveChange[] = []
    presence = createGuestPresence({
      links: async () => {
        world.asked++
        if (world.isBroken) throw new Error('the disk is gone')
        return world.links
      },
      sessions: {
        onChange: (listener) => {
          world.announce = listener
          return () => undefined
        },
      },
    })
    presence.onChange((changes) => told.push(...changes))
    await presence.start()
    return { world, told, present: () => presence?.present() }
  }

  it('is whoever joined, without what only the list of links tells', async () => {
    const { present, told } = await start([linkOf('g1', 'Mia'), linkOf('g2', null)])
    expect(present()).toEqual([mia])
    expect(told).toEqual([guestChange('g1', mia)])
  })

  it('is told when they come and go, and nothing is asked while nobody is in', async () => {
    const { world, told } = await start([linkOf('g1', null)])
    await vi.advanceTimersByTimeAsync(60_000)
    expect(world.asked).toBe(1)
    world.links = [linkOf('g1', 'Mia')]
    world.announce()
    await vi.advanceTimersByTimeAsync(0)
    world.links = []
    world.announce()
    await vi.advanceTimersByTimeAsync(0)
    expect(told).toEqual([guestChange('g1', mia), guestChange('g1', null)])
    const { asked } = world
    await vi.advanceTimersByTimeAsync(60_000)
    expect(world.asked).toBe(asked)
  })

  it('is seen to go by itself when the time is over, and once the database answers again', async () => {
    const { world, told } = await start([linkOf('g1', 'Mia')])
    world.links = []
    world.isBroken = true
    await vi.advanceTimersByTimeAsync(3000)
    expect(told).toEqual([guestChange('g1', mia)])
    world.isBroken = false
    await vi.advanceTimersByTimeAsync(1500)
    expect(told.at(-1)).toEqual(guestChange('g1', null))
  })

  it('is looked at again for a change that comes while it looks', async () => {
    const { world, told } = await start([])
    world.announce()
    world.announce()
    world.links = [linkOf('g1', 'Mia')]
    await vi.advanceTimersByTimeAsync(0)
    expect(told).toEqual([guestChange('g1', mia)])
  })
})
