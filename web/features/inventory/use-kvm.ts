import { computed, type ComputedRef } from 'vue'
import type { Device, Endpoint } from '../../../server/contract/inventory.ts'
import type { HealthState, KvmState } from '../../../server/contract/state.ts'
import { useLiveStore } from '../../api/live-store.ts'
import { useWords } from '../../locales/language.ts'
import { en, ja } from './kvm-words.ts'

export type KvmFacts = {
  machine: Device | undefined
  state: KvmState | null
  glyph: HealthState
  /** One sentence: connected, or what is wrong. */
  text: string
}

/** What is known of a PiKVM itself. Call in setup. */
export function useKvmFacts(): ComputedRef<(endpoint: Endpoint) => KvmFacts> {
  const live = useLiveStore()
  const w = useWords(en, ja)
  return computed(() => (endpoint) => {
    const console = [...live.consoles.values()].find((one) => one.endpointId === endpoint.id)
    const machine = console && live.devices.get(console.deviceId)
    const state = (machine && live.states.get(machine.id)?.kvm) ?? null
    if (state?.problem) return { machine, state, glyph: 'down', text: w.value.problem[state.problem] }
    if (state?.reachable.value === true) return { machine, state, glyph: 'up', text: w.value.reachable }
    if (state?.reachable.value === false) {
      return { machine, state, glyph: 'down', text: w.value.problem.unreachable }
    }
    return { machine, state, glyph: 'unknown', text: w.value.connecting }
  })
}
