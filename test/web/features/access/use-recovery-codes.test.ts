import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { effectScope, ref, type EffectScope } from 'vue'
import type { NewRecoveryCodesBody, RecoveryCodesView } from '../../../../server/contract/access.ts'
import { ApiError } from '../../../../web/api/api-error.ts'
import { useRecoveryCodes } from '../../../../web/features/access/use-recovery-codes.ts'

const ten = Array.from({ length: 10 }, (_, index) => `CODE-${index}`)
const made: RecoveryCodesView = { left: 10, made: 10, madeAt: 1, usedAt: [] }
let scopes: EffectScope[]
let wanted: string[]

/** The page of one person, opened in this browser. */
function open(userId = 'kei', asks?: string) {
  const requests = {
    recoveryCodes: async () => made,
    newRecoveryCodes: async ({ password }: NewRecoveryCodesBody) => {
      wanted.push(password ?? '')
      if (asks !== undefined && password !== asks) throw new ApiError('access/stepUpNeeded', '')
      return { codes: ten }
    },
  }
  const scope = effectScope()
  scopes.push(scope)
  return scope.run(() => useRecoveryCodes(ref(userId), requests))!
}

beforeEach(() => {
  scopes = []
  wanted = []
  const kept = new Map<string, string>()
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  })
})
afterEach(() => {
  for (const scope of scopes) scope.stop()
  vi.unstubAllGlobals()
})

describe('new recovery codes', () => {
  it('stay on show until somebody says that they are kept', async () => {
    const page = open()
    await page.load()
    expect(page.codes.value).toBeNull()
    await page.make()
    await page.load()
    expect([page.codes.value, page.isDoubtful.value]).toEqual([ten, true])
    await page.kept()
    expect([page.codes.value, page.isDoubtful.value, page.state.value]).toEqual([null, false, made])
  })

  it('that were left without a word are in doubt on this browser, until their owner says so', async () => {
    await open().make()
    const later = open()
    expect([later.codes.value, later.isDoubtful.value]).toEqual([null, true])
    expect(open('ada').isDoubtful.value).toBe(false)
    later.sayKept()
    expect(open().isDoubtful.value).toBe(false)
  })

  it('need the passphrase where the server asks for it, which is not kept', async () => {
    const page = open('kei', 'correct horse')
    await page.make()
    expect([page.codes.value, page.needsPassword.value, page.isDoubtful.value]).toEqual([null, true, false])
    page.password.value = 'correct horse'
    await page.make()
    expect([page.codes.value, page.needsPassword.value, page.password.value]).toEqual([ten, false, ''])
    expect(wanted).toEqual(['', 'correct horse'])
  })
})
