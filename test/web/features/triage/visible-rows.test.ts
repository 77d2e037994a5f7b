import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { defineComponent, h, KeepAlive, nextTick, ref, type App, type Ref } from 'vue'
import { useLiveStore } from '../../../../web/api/live-store.ts'
import { useVisibleThumbnails } from '../../../../web/features/triage/visible-rows.ts'
import { fakePage, type FakePage } from '../../api/fake-page.ts'
import { FakeElement, FakeMutations, fakePageOf, FakeSeer } from './fake-rows.ts'

const machines = Array.from({ length: 30 }, (_, index) => `node${index + 1}`)
const settleMs = 300
const ids = ref<string[]>([])
const folded = ref<string[]>([])
const isShown = ref(true)
let page: FakePage
let app: App<FakeElement>

const rowsOf = (deviceIds: readonly string[]) =>
  deviceIds.map((id) => h('li', { key: id }, [h('a', { 'data-device': id })]))
/** Draws itself anew without the view around it. */
const Fold = defineComponent({ setup: () => () => h('ul', rowsOf(folded.value)) })
const View = defineComponent({
  setup() {
    const list = ref<FakeElement | null>(null)
    useVisibleThumbnails(list as unknown as Ref<HTMLElement | null>)
    return () => h('div', { ref: list }, [h('ul', rowsOf(ids.value)), h(Fold)])
  },
})
const Other = defineComponent({ setup: () => () => h('p') })

/** What the server was asked for since the last look, each message's machines. */
function asked(): string[][] {
  const sent = page.newest().sent.splice(0) as { type: string; deviceIds: string[] }[]
  return sent.filter(({ type }) => type === 'thumbnails').map(({ deviceIds }) => deviceIds)
}
async function settled(): Promise<string[][]> {
  await nextTick()
  await vi.advanceTimersByTimeAsync(settleMs)
  return asked()
}

beforeEach(() => {
  page = fakePage()
  FakeSeer.all = []
  FakeMutations.all.clear()
  vi.stubGlobal('IntersectionObserver', FakeSeer)
  vi.stubGlobal('MutationObserver', FakeMutations)
  setActivePinia(createPinia())
  useLiveStore().start()
  page.newest().open()
  page.newest().say({ type: 'snapshot', serverTime: 5_000, version: '1', changes: [] })
  ids.value = [...machines]
  folded.value = []
  isShown.value = true
  FakeSeer.show(machines.slice(0, 6))
  asked()
  app = fakePageOf({ render: () => h(KeepAlive, [isShown.value ? h(View) : h(Other)]) })
  app.mount(new FakeElement())
})
afterEach(() => {
  app.unmount()
  useLiveStore().stop()
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

describe('small pictures in the list', () => {
  it('are asked for where rows can be seen, of thirty the six on the screen', async () => {
    expect(await settled()).toEqual([machines.slice(0, 6)])
    expect(FakeSeer.all.map(({ count }) => count)).toEqual([30])
  })

  it('wait until the list stands still, and are then those of the rows that are there', async () => {
    await settled()
    for (let top = 1; top <= 10; top++) {
      FakeSeer.show(machines.slice(top, top + 6))
      await vi.advanceTimersByTimeAsync(settleMs - 1)
    }
    expect(asked()).toEqual([])
    const [last, ...more] = await settled()
    expect([last?.toSorted(), more]).toEqual([machines.slice(10, 16).toSorted(), []])
  })

  it('follow a fold that opens, and one that closes', async () => {
    ids.value = ['node1']
    FakeSeer.show(['node1', 'node2', 'node3'])
    await settled()
    folded.value = ['node2', 'node3', 'node4']
    expect(await settled()).toEqual([['node1', 'node2', 'node3']])
    folded.value = []
    expect(await settled()).toEqual([['node1']])
    expect(FakeSeer.all.map(({ count }) => count)).toEqual([1])
  })

  it('are asked for by nobody while another view is shown, and again when the list is back', async () => {
    await settled()
    isShown.value = false
    expect(await settled()).toEqual([[]])
    FakeSeer.show(machines.slice(6, 12))
    expect(await settled()).toEqual([])
    isShown.value = true
    expect((await settled()).at(-1)).toEqual(machines.slice(6, 12))
  })

  it('end with the view, whatever was about to be asked for', async () => {
    await settled()
    FakeSeer.show(machines.slice(6, 12))
    app.unmount()
    const last = await settled()
    expect([last.length > 0, last.flat()]).toEqual([true, []])
  })
})
