import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Notebook, type NotebookParts } from '../../server/history/notebook.ts'
import type { HistoryBatch, StoredChange } from '../../server/store/tables/history.ts'

const change = (id: string): StoredChange => ({
  id,
  siteId: 's',
  deviceId: 'nas1',
  at: 1,
  factKey: 'power',
  change: { fact: 'power', value: 'on' },
})
const settled = () => vi.advanceTimersByTimeAsync(0)

describe('the notebook', () => {
  let written: HistoryBatch[]
  let answer: () => Promise<void>
  let pruned: [number, number][]
  let left: number
  let warnings: string[]
  let clock: number
  let notebook: Notebook

  beforeEach(async () => {
    vi.useFakeTimers()
    ;[written, pruned, warnings, left, clock] = [[], [], [], 0, 1_000_000]
    answer = async () => undefined
    const history = {
      start: async () => ({ facts: [], pictures: [], names: [] }),
      write: async (batch: HistoryBatch) => {
        written.push(batch)
        await answer()
      },
      prune: async (before: number, most: number) => {
        pruned.push([before, most])
        const gone = Math.min(left, most)
        left -= gone
        return gone
      },
    }
    const store = { history } as unknown as NotebookParts['store']
    const log = { info: () => undefined, warn: (_: object, text: string) => void warnings.push(text) }
    notebook = new Notebook({ store, log, now: () => clock })
    await notebook.start()
    await settled()
    written.length = 0
  })
  afterEach(async () => {
    await notebook.close()
    vi.useRealTimers()
  })
  const ids = (): string[][] => written.map(({ changes }) => changes.map(({ id }) => id))

  it('writes what comes within two seconds as one, and lets nobody wait', async () => {
    notebook.noteChanges([change('a')])
    await vi.advanceTimersByTimeAsync(1500)
    notebook.noteChanges([change('b'), change('c')])
    expect(written).toEqual([])
    await vi.advanceTimersByTimeAsync(500)
    expect(ids()).toEqual([['a', 'b', 'c']])
    await vi.advanceTimersByTimeAsync(10_000)
    expect(written).toHaveLength(1)
  })

  it('writes one batch at a time; what waits behind a slow disk can be read', async () => {
    const disk = Promise.withResolvers<void>()
    answer = () => disk.promise
    notebook.noteChanges([change('a')])
    await vi.advanceTimersByTimeAsync(2000)
    notebook.noteChanges([change('b')])
    await vi.advanceTimersByTimeAsync(10_000)
    expect(ids()).toEqual([['a']])
    expect(notebook.unwritten().changes.map(({ id }) => id)).toEqual(['a', 'b'])
    disk.resolve()
    await vi.advanceTimersByTimeAsync(2000)
    expect(ids()).toEqual([['a'], ['b']])
    expect(notebook.unwritten().changes).toEqual([])
  })

  it('tries again what could not be written, in order, and complains once', async () => {
    answer = async () => Promise.reject(new Error('disk full'))
    notebook.noteChanges([change('a')])
    await vi.advanceTimersByTimeAsync(2000)
    notebook.noteChanges([change('b')])
    await vi.advanceTimersByTimeAsync(10_000)
    expect(warnings).toHaveLength(1)
    answer = async () => undefined
    await vi.advanceTimersByTimeAsync(10_000)
    expect(ids()).toEqual([['a'], ['a', 'b'], ['a', 'b']])
    expect(notebook.unwritten().changes).toEqual([])
  })

  it('keeps so many while nothing can be written, and no more', async () => {
    answer = async () => Promise.reject(new Error('disk full'))
    notebook.noteChanges(Array.from({ length: 12_000 }, (_, index) => change(`${index}`)))
    expect(notebook.unwritten().changes).toHaveLength(10_000)
    expect(notebook.unwritten().changes[0]?.id).toBe('2000')
  })

  it('gives a sign of life each minute, and the looks that gathered with it', async () => {
    clock += 60_000
    notebook.noteLook({ deviceId: 'nas1', at: 5, until: 6 })
    notebook.noteLook({ deviceId: 'nas1', at: 5, until: 9 })
    await vi.advanceTimersByTimeAsync(59_000)
    expect(written).toEqual([])
    await vi.advanceTimersByTimeAsync(1000)
    expect(written).toMatchObject([
      { looks: [{ at: 5, until: 9 }], span: { startedAt: 1_000_000, lastAt: 1_060_000 } },
    ])
  })

  it('removes what is older than 30 days, in slices', async () => {
    pruned = []
    left = 1100
    await vi.advanceTimersByTimeAsync(3_600_000)
    expect(pruned).toHaveLength(3)
    expect(pruned[0]).toEqual([1_000_000 - 30 * 86_400_000, 500])
  })

  it('writes what waits when it is closed', async () => {
    notebook.noteChanges([change('a')])
    notebook.noteName({ name: 'nas.lan', addresses: ['10.0.0.5'], at: 3 })
    await notebook.close()
    expect(written).toMatchObject([{ changes: [{ id: 'a' }], names: [{ name: 'nas.lan' }] }])
  })
})
