import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import RecoveryCodes from '../../../../web/features/access/RecoveryCodes.vue'
import { freshStores, saidBy } from '../../said-by.ts'

const codes = ['AAAA-BBBB-CCCC', 'DDDD-EEEE-FFFF']
beforeEach(() => {
  freshStores()
  vi.stubGlobal('location', { host: 'rack.lan' })
})
afterEach(() => vi.unstubAllGlobals())

it('codes on show say that nobody can show them again, and wait for "I have kept them"', async () => {
  const said = await saidBy(RecoveryCodes, { codes })
  expect(said).toMatch(
    /Not confirmed as kept\. Once you leave this page, nobody can show them again\..*I have kept them$/,
  )
  expect(await saidBy(RecoveryCodes, { codes }, { language: 'ja' })).toMatch(/控えたことが未確認です/)
})
