import { ref, shallowRef, type Ref, type ShallowRef } from 'vue'

export type RequestState = {
  isBusy: Readonly<Ref<boolean>>
  /** What the last run failed with; null while it runs and after it worked. */
  failure: Readonly<ShallowRef<unknown>>
  /** Runs `work` unless one is under way. Resolves with whether it worked. */
  run(work: () => Promise<unknown>): Promise<boolean>
}

/** Busy and failed as refs, for a button or a form. */
export function useRequest(): RequestState {
  const isBusy = ref(false)
  const failure = shallowRef<unknown>(null)

  async function run(work: () => Promise<unknown>): Promise<boolean> {
    if (isBusy.value) return false
    isBusy.value = true
    failure.value = null
    try {
      await work()
      return true
    } catch (error) {
      failure.value = error
      return false
    } finally {
      isBusy.value = false
    }
  }

  return { isBusy, failure, run }
}
