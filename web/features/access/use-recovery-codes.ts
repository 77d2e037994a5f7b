import { ref, shallowRef, watch, type Ref } from 'vue'
import type { RecoveryCodesView } from '../../../server/contract/access.ts'
import { isApiError } from '../../api/api-error.ts'
import { useRequest } from '../../api/use-request.ts'
import { accessApi } from './access-api.ts'
import { areNotKept, noteKept, noteShown } from './kept-codes.ts'

type Requests = Pick<typeof accessApi, 'recoveryCodes' | 'newRecoveryCodes'>

/**
 * The recovery codes of whoever is in: new ones are on show from `make` until `kept`, and what was shown and not said to
 * be kept stays in doubt in this browser. Failures are in `reading` and `making`. Call in setup.
 */
export function useRecoveryCodes(ownId: Readonly<Ref<string>>, requests: Requests = accessApi) {
  const reading = useRequest()
  const making = useRequest()
  const state = shallowRef<RecoveryCodesView | null>(null)
  const codes = shallowRef<readonly string[] | null>(null)
  /** Asked for when the sign-in was long ago: a found, unlocked phone should not get a way in of its own. */
  const needsPassword = ref(false)
  const password = ref('')
  /** Codes were shown, and nobody said that they are kept. */
  const isDoubtful = ref(false)
  // Opened cold, the page comes before who is looking.
  watch(ownId, (id) => (isDoubtful.value = areNotKept(id)), { immediate: true })

  async function load(): Promise<void> {
    await reading.run(async () => {
      state.value = await requests.recoveryCodes()
    })
  }
  async function make(): Promise<void> {
    const done = await making.run(async () => {
      const body = password.value === '' ? {} : { password: password.value }
      codes.value = (await requests.newRecoveryCodes(body)).codes
      noteShown(ownId.value)
      isDoubtful.value = true
    })
    const failure = making.failure.value
    needsPassword.value =
      !done && (needsPassword.value || (isApiError(failure) && failure.code === 'access/stepUpNeeded'))
    if (done) password.value = ''
  }
  function sayKept(): void {
    noteKept(ownId.value)
    isDoubtful.value = false
  }
  /** Those on show are kept. */
  async function kept(): Promise<void> {
    codes.value = null
    sayKept()
    await load()
  }

  return { reading, making, state, codes, needsPassword, password, isDoubtful, load, make, sayKept, kept }
}
