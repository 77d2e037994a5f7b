import { computed, type ComputedRef } from 'vue'
import type { Device, Endpoint } from '../../../server/contract/inventory.ts'
import type { HealthState, KvmState } from '../../../server/contract/state.ts'
import { useLiveStore } from '../../api/live-store.ts'
import { useWords } from '../../locales/language.ts'
import { en, ja } from './kvm-words.ts'

export type KvmFacts = {
  /** Those plugged into it, by port of its Switch where it has one. */
  machines: { device: Device; port: number | null }[]
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
    const machines = [...live.consoles.values()]
      .filter((one) => one.endpointId === endpoint.id)
      .toSorted((a, b) => (a.port ?? -1) - (b.port ?? -1))
      .flatMap(({ deviceId, port }) => {
        const device = live.devices.get(deviceId)
        return device === undefined ? [] : [{ device, port }]
      })
    const [first] = machines
    const state = (first && live.states.get(first.device.id)?.kvm) ?? null
    if (state?.problem) return { machines, state, glyph: 'down', text: w.value.problem[state.problem] }
    if (state?.reachable.value === true) return { machines, state, glyph: 'up', text: w.value.reachable }
    if (state?.reachable.value === false) {
      return { machines, state, glyph: 'down', text: w.value.problem.unreachable }
    }
    return { machines, state, glyph: 'unknown', text: w.value.connecting }
  })
}
