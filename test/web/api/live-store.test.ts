import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { useClockStore } from '../../../web/api/clock-store.ts'
import { useLiveStore } from '../../../web/api/live-store.ts'
import { action, device, state } from '../machines.ts'
import { fakePage, type FakePage } from './fake-page.ts'

const change = (name: string) => ({ entity: 'device', id: name, siteId: 's1', value: device(name) })
const snapshot = (...changes: object[]) => ({ type: 'snapshot', serverTime: 5000, version: '1.2.3', changes })

describe('live store', () => {
  let page: FakePage
  let live: ReturnType<typeof useLiveStore>

  beforeEach(() => {
    page = fakePage()
    setActivePinia(createPinia())
    live = useLiveStore()
    live.start()
  })
  afterEach(() => {
    live.stop()
    vi.unstubAllGlobals()
    vi.useRealTimers()
  })

  it('is live only with a link and a snapshot', () => {
    page.newest().open()
    expect(live.isLive).toBe(false)
    page.newest().say(snapshot(change('nas1')))
    expect([live.isLive, live.version, live.devices.get('nas1')?.name]).toEqual([true, '1.2.3', 'nas1'])
  })

  it('says for each machine what may be done to it: a role alone says nothing', () => {
    page.newest().open()
    page.newest().say({ ...snapshot(change('a'), change('b')), rights: { a: ['input', 'power'], b: [] } })
    const may = () => ['a', 'b', 'c'].map((id) => [live.may('input', id), live.may('power', id)])
    expect(may()).toEqual([
      [true, true],
      [false, false],
      [false, false],
    ])
    page.newest().say({ type: 'patch', serverTime: 6000, changes: [] })
    expect(live.may('power', 'a')).toBe(true)
    page
      .newest()
      .say({ type: 'patch', serverTime: 7000, changes: [], rights: { a: ['input'], b: ['power'] } })
    expect(may().slice(0, 2)).toEqual([
      [true, false],
      [false, true],
    ])
    live.stop()
    expect(live.may('input', 'a')).toBe(false)
    live.start()
  })

  it('keeps what it knew while the link is lost, and replaces it by the next snapshot', () => {
    page.newest().open()
    page.newest().say(snapshot(change('a'), change('b')))
    page.newest().break()
    expect([live.link, live.isLive, live.devices.size, live.heardAt]).toEqual(['lost', false, 2, 5000])
    vi.advanceTimersByTime(500)
    page.newest().open()
    page.newest().say(snapshot(change('b')))
    expect([...live.devices.keys()]).toEqual(['b'])
  })

  it('stays lost while it tries again, so that nothing flickers', () => {
    page.newest().open()
    page.newest().break()
    vi.advanceTimersByTime(500)
    expect([page.count(), live.link]).toEqual([2, 'lost'])
  })

  it('counts attempts that never opened', () => {
    for (const wait of [500, 1000]) {
      page.newest().break()
      vi.advanceTimersByTime(wait)
    }
    expect(live.failedOpens).toBe(2)
    page.newest().open()
    expect(live.failedOpens).toBe(0)
  })

  it('asks for small pictures after the snapshot only, and again after a reconnect', () => {
    const asked = () => page.newest().sent.filter((one) => (one as { type: string }).type === 'thumbnails')
    live.wantThumbnails('triage', ['a', 'b'])
    page.newest().open()
    expect(asked()).toEqual([])
    page.newest().say(snapshot())
    expect(asked()).toEqual([{ type: 'thumbnails', deviceIds: ['a', 'b'] }])
    live.wantThumbnails('device', ['b', 'c'])
    expect(asked().at(-1)).toEqual({ type: 'thumbnails', deviceIds: ['a', 'b', 'c'] })
    live.wantThumbnails('triage', [])
    expect(asked().at(-1)).toEqual({ type: 'thumbnails', deviceIds: ['b', 'c'] })
    page.newest().break()
    vi.advanceTimersByTime(500)
    page.newest().open()
    page.newest().say(snapshot())
    expect(asked().at(-1)).toEqual({ type: 'thumbnails', deviceIds: ['b', 'c'] })
  })

  it('says whose page is open after the snapshot only, and again after a reconnect', () => {
    const watched = () => page.newest().sent.filter((one) => (one as { type: string }).type === 'watch')
    live.watchMachine('nas1')
    page.newest().open()
    expect(watched()).toEqual([])
    page.newest().say(snapshot())
    expect(watched()).toEqual([{ type: 'watch', deviceId: 'nas1' }])
    page.newest().break()
    vi.advanceTimersByTime(500)
    page.newest().open()
    page.newest().say(snapshot())
    expect(watched()).toEqual([{ type: 'watch', deviceId: 'nas1' }])
  })

  it('never puts an older picture over a newer one', () => {
    page.newest().open()
    const picture = (at: number, byte: number) => {
      const head = new TextEncoder().encode(JSON.stringify({ deviceId: 'a', at }))
      const bytes = new Uint8Array([0, head.length, ...head, byte])
      return bytes.buffer
    }
    page.newest().say(picture(20, 2))
    page.newest().say(picture(10, 1))
    expect(live.thumbnails.get('a')).toEqual({ at: 20, jpeg: new Uint8Array([2]) })
  })

  it('takes the server’s time from the fastest answer', () => {
    page.newest().open()
    const { t } = page.newest().sent[0] as { t: number }
    page.newest().say({ type: 'pong', t, serverTime: Date.now() + 60_000 })
    expect(useClockStore().now - Date.now()).toBe(60_000)
  })

  it('gives a machine’s actions newest first', () => {
    page.newest().open()
    page
      .newest()
      .say(
        snapshot(
          ...[action('1', 'a', { acceptedAt: 1 }), action('2', 'a', { acceptedAt: 2 }), action('3', 'b')].map(
            (value) => ({ entity: 'action', id: value.id, siteId: 's1', value }),
          ),
        ),
      )
    expect(live.actionsOf('a').map(({ id }) => id)).toEqual(['2', '1'])
  })

  it('tells a goodbye for good from a restart', () => {
    page.newest().open()
    page.newest().say({ type: 'bye', reason: 'serverStopping' })
    expect(live.signedOut).toBe(false)
    page.newest().say({ type: 'bye', reason: 'signedOut' })
    expect(live.signedOut).toBe(true)
  })

  it('forgets everything when it stops', () => {
    page.newest().open()
    page.newest().say(snapshot(change('a'), { entity: 'state', id: 'a', siteId: 's1', value: state('a') }))
    live.stop()
    expect([live.devices.size, live.states.size, live.hasSnapshot, live.heardAt]).toEqual([0, 0, false, null])
  })
})
