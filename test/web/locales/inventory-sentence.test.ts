import { expect, it } from 'vitest'
import { createApp, ref } from 'vue'
import { ApiError } from '../../../web/api/api-error.ts'
import { useInventorySentence } from '../../../web/locales/inventory-sentence.ts'
import { languageKey } from '../../../web/locales/language.ts'

function sentence(...error: ConstructorParameters<typeof ApiError>): string {
  const app = createApp({})
  app.provide(languageKey, ref('en' as const))
  return app.runWithContext(() => useInventorySentence().value(new ApiError(...error)))
}

it('a device that is not there is told with what to look at, and where adding it has stopped', () => {
  expect(sentence('device/unreachable', '')).toMatch(/cannot be reached\. Check its address, that it is on/)
  expect(sentence('device/timeout', '', { step: 'signIn' })).toMatch(
    /^Step “sign in to the device” failed\. .*Check its address.* Nothing was stored\.$/,
  )
  expect(sentence('device/refusedCredentials', '')).toBe('The device refuses this user or password.')
})
