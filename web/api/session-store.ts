import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import type { SessionView } from '../../server/contract/access.ts'
import { readSession } from './read-session.ts'

/** Who is looking. `view` is null until the server said so. */
export const useSessionStore = defineStore('session', () => {
  const view = shallowRef<SessionView | null>(null)
  const failed = ref(false)
  let loading: Promise<SessionView | null> | null = null

  /** Asks the server (once at a time). Null when it cannot be reached; the caller tries again later. */
  function load(): Promise<SessionView | null> {
    loading ??= ask().finally(() => {
      loading = null
    })
    return loading
  }

  async function ask(): Promise<SessionView | null> {
    try {
      view.value = await readSession()
      failed.value = false
      return view.value
    } catch {
      // No answer is a state of its own: the page shows that it has no link and asks again.
      failed.value = true
      return null
    }
  }

  /** Takes over what the server answered to a sign-in or setup. */
  function accept(next: SessionView): void {
    view.value = next
    failed.value = false
  }

  const user = computed(() => (view.value?.state === 'signedIn' ? view.value.user : null))
  const isAdmin = computed(() => user.value?.role === 'admin')
  /** Viewers look only; the server decides again on each request. */
  const mayAct = computed(() => user.value !== null && user.value.role !== 'viewer')

  return { view, failed, load, accept, user, isAdmin, mayAct }
})
