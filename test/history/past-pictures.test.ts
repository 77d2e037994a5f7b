import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { MachineState } from '../../server/contract/state.ts'
import { PastPictures, type PastPicturesParts } from '../../server/history/past-pictures.ts'
import type { PictureLook, StoredPastPicture } from '../../server/store/tables/history.ts'
import { kvmOf, stateOf } from './states.ts'

const minute = 60_000

describe('past pictures', () => {
  let kept: StoredPastPicture[]
  let looks: PictureLook[]
  let refreshed: string[]
  let state: MachineState
  let now: number
  let newest: ReturnType<PastPicturesParts['pictures']['latest']>
  let album: PastPictures
  let fire: { picture(): void; state(): void; replaced(): void }

  const shown = (): string[] => kept.map(({ at, why }) => `${at / minute} ${why}`)
  /** Time passes and another small picture is there; `changed`: the driver saw that it is another one. */
  const picture = (afterMs: number, changed = false): void => {
    now += afterMs
    if (changed) state = { ...state, kvm: kvmOf({ pictureChangedAt: now }) }
    newest = { at: now, endpointId: 'kvm1', jpeg: Buffer.from(`${now}`) }
    fire.picture()
  }
  const becomes = (health: MachineState['health'], afterMs: number): void => {
    now += afterMs
    state = { ...state, health, since: now }
    fire.state()
  }

  beforeEach(() => {
    vi.useFakeTimers()
    ;[kept, looks, refreshed, newest, now] = [[], [], [], null, 100 * minute]
    state = stateOf({ kvm: kvmOf() })
    fire = { picture: () => undefined, state: () => undefined, replaced: () => undefined }
    album = new PastPictures(
      {
        notebook: { notePicture: (one) => void kept.push(one), noteLook: (look) => void looks.push(look) },
        observer: {
          state: () => state,
          onChange: (listener) => {
            fire.state = () => listener(state)
            return () => undefined
          },
        },
        inventory: { onChange: () => () => undefined, devicesOf: () => ['nas1'] },
        connections: {
          onReplaced: (listener) => {
            fire.replaced = () => listener('kvm1')
            return () => undefined
          },
        },
        pictures: {
          onNew: (listener) => {
            fire.picture = () => listener('nas1')
            return () => undefined
          },
          latest: () => newest,
          refresh: async (id) => refreshed.push(id),
        },
        now: () => now,
      },
      [],
    )
    album.start()
    fire.state()
    picture(0)
  })
  afterEach(() => {
    album.close()
    vi.useRealTimers()
  })

  it('keep the first one, with the KVM that it came from', () => {
    expect(kept).toMatchObject([{ deviceId: 'nas1', endpointId: 'kvm1', at: 100 * minute, why: 'time' }])
  })

  it('keep one that changed, and note of one that did not how long it stayed', () => {
    picture(2 * minute)
    picture(2 * minute, true)
    expect(shown()).toEqual(['100 time', '104 picture'])
    expect(looks).toEqual([{ deviceId: 'nas1', at: 100 * minute, until: 102 * minute }])
  })

  it('keep one a minute of a screen that scrolls, as it was at the end of the minute', () => {
    for (let count = 0; count < 11; count++) picture(5000, true)
    expect(shown()).toEqual(['100 time'])
    now += 5000
    vi.advanceTimersByTime(10_000)
    expect(kept).toHaveLength(2)
    expect(kept[1]?.at).toBe(100 * minute + 55_000)
  })

  it('ask for a picture when the machine’s state changes, and keep it with the one from before', () => {
    picture(30_000, true)
    becomes('down', 1000)
    expect(refreshed).toEqual(['nas1'])
    expect(kept).toHaveLength(1)
    picture(1000)
    expect(kept.map(({ at, why }) => [at - 100 * minute, why])).toEqual([
      [0, 'time'],
      [30_000, 'picture'],
      [32_000, 'state'],
    ])
    picture(5000)
    expect(kept).toHaveLength(3)
  })

  it('do not take the first look after a start for a change', () => {
    state = stateOf({ deviceId: 'cp1', health: 'unknown', cause: 'checking' })
    fire.state()
    state = stateOf({ deviceId: 'cp1' })
    fire.state()
    expect(refreshed).toEqual([])
  })

  it('are not said to be the same over another connection', () => {
    fire.replaced()
    picture(2 * minute)
    expect(shown()).toEqual(['100 time', '102 picture'])
  })

  it('take nothing of another KVM’s picture for a change of this one', () => {
    state = { ...state, kvm: kvmOf({ endpointId: 'kvm2', pictureChangedAt: now + minute }) }
    picture(2 * minute)
    expect(shown()).toEqual(['100 time'])
  })

  it('keep what waited when Crashcart ends', () => {
    picture(1000, true)
    album.close()
    expect(kept.map(({ at }) => at - 100 * minute)).toEqual([0, 1000])
  })
})
