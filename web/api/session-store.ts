import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import type { SessionView } from '../../server/contract/access.ts'
import type { ForeignAnswer } from './foreign-answer.ts'
import { readSession } from './read-session.ts'

/** Who is looking. `view` is null until the server said so. */
export const useSessionStore = defineStore('session', () => {
  const view = shallowRef<SessionView | null>(null)
  /** When it said so, by this device's clock, ms. */
  const heardAt = ref(0)
  const failed = ref(false)
  /** What answers instead of our server; null while that does, or nothing does. */
  const foreign = shallowRef<ForeignAnswer | null>(null)
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
      const answer = await readSession()
      if ('foreign' in answer) return foreignAnswered(answer.foreign)
      accept(answer.view)
      return answer.view
    } catch {
      // No answer is a state of its own: the page shows that it has no link and asks again.
      foreign.value = null
      failed.value = true
      return null
    }
  }

  /** Something else answered a request to our server. */
  function foreignAnswered(answer: ForeignAnswer): null {
    foreign.value = answer
    failed.value = true
    return null
  }

  /** Takes over what the server answered to a sign-in or setup. */
  function accept(next: SessionView): void {
    heardAt.value = Date.now()
    view.value = next
    foreign.value = null
    failed.value = false
  }

  /** Somebody is in, with an account or as a guest: live data are theirs to see. */
  const isIn = computed(() => view.value?.state === 'signedIn' || view.value?.state === 'guest')
  const user = computed(() => (view.value?.state === 'signedIn' ? view.value.user : null))
  /** Came in by a recovery code, and has chosen no new passphrase yet. */
  const owesPassphrase = computed(() => view.value?.state === 'signedIn' && view.value.passphraseNeeded)
  const isAdmin = computed(() => user.value?.role === 'admin')
  /** Set for somebody who came by a guest link. */
  const guest = computed(() => (view.value?.state === 'guest' ? view.value : null))
  /** As the server names in its answers whoever looks here; null before it said so. */
  const ownId = computed(() => user.value?.id ?? guest.value?.sessionId ?? null)

  /** Who can give more rights: whoever sent the guest link, or an admin; null: nobody needs to be asked. */
  const askName = computed(() => {
    if (view.value?.state === 'guest') return view.value.byName
    return view.value?.state === 'signedIn' ? view.value.ask : null
  })

  return {
    askName,
    view,
    heardAt,
    failed,
    foreign,
    load,
    accept,
    foreignAnswered,
    isIn,
    user,
    guest,
    isAdmin,
    owesPassphrase,
    ownId,
  }
})
