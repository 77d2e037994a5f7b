import { afterEach, beforeEach, vi } from 'vitest'
import { useLiveStore } from '../../web/api/live-store.ts'
import { fakePage, type FakePage, type FakeSocket } from './api/fake-page.ts'
import { freshStores } from './said-by.ts'

/** Fresh stores and a live socket that is open, for each test of the file. */
export function useLivePage() {
  let page: FakePage
  beforeEach(() => {
    page = fakePage()
    freshStores()
    useLiveStore().start()
    page.newest().open()
  })
  afterEach(() => {
    useLiveStore().stop()
    vi.unstubAllGlobals()
  })
  return {
    newest: (): FakeSocket => page.newest(),
    snapshot(serverTime: number, changes: object[] = []): void {
      page.newest().say({ type: 'snapshot', serverTime, version: '1', changes })
    },
  }
}
