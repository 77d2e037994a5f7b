import { beforeEach, describe, expect, it } from 'vitest'
import { useSessionStore } from '../../../../web/api/session-store.ts'
import ModeBar from '../../../../web/features/screen/ModeBar.vue'
import { en, ja } from '../../../../web/features/screen/words.ts'
import { freshStores, saidBy } from '../../said-by.ts'

beforeEach(() => {
  freshStores()
  useSessionStore().accept({
    state: 'guest',
    serverTime: 0,
    sessionId: 'g',
    name: 'Mia (guest)',
    byName: 'kei',
    level: 'look',
    deviceId: null,
    expiresAt: 1,
  })
})
const bar = (may: { mayInput: boolean; mayPower: boolean }, words: typeof en = en) =>
  saidBy(ModeBar, { mode: 'look', ...may, words })

describe('below the screen', () => {
  it('a guest is told what they may not do, and whom to ask', async () => {
    const [look, type] = [
      await bar({ mayInput: false, mayPower: false }),
      await bar({ mayInput: true, mayPower: false }),
    ]
    expect(look).toContain(en.lookOnly('kei'))
    expect(type).toContain(en.noPower('kei'))
    expect([en.lookOnly('kei'), en.noPower('kei')].every((sentence) => sentence.includes('kei'))).toBe(true)
    expect(await bar({ mayInput: true, mayPower: false }, ja)).toContain(ja.noPower('kei'))
  })

  it('nothing is said to whoever may do everything', async () => {
    const all = await bar({ mayInput: true, mayPower: true })
    expect(all).toBe([en.type, en.mouse, en.keys, en.power].join(' '))
  })
})
