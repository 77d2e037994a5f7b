import { computed, type ComputedRef } from 'vue'
import type { Device, Endpoint } from '../../../server/contract/inventory.ts'
import type { HealthState } from '../../../server/contract/state.ts'
import { useLiveStore } from '../../api/live-store.ts'
import { useWords } from '../../locales/language.ts'
import { en, ja } from './bmc-words.ts'

export type BmcFacts = { machine: Device | undefined; glyph: HealthState; text: string }

/** What is known of a BMC itself. Call in setup. */
export function useBmcFacts(): ComputedRef<(endpoint: Endpoint) => BmcFacts> {
  const live = useLiveStore()
  const w = useWords(en, ja)
  return computed(() => (endpoint) => {
    const console = [...live.consoles.values()].find((one) => one.endpointId === endpoint.id)
    const machine = console && live.devices.get(console.deviceId)
    const state = (machine && live.states.get(machine.id)?.bmc) ?? null
    if (state?.problem) return { machine, glyph: 'down', text: w.value.problem[state.problem] }
    if (state?.reachable.value === true) return { machine, glyph: 'up', text: w.value.reachable }
    return { machine, glyph: 'unknown', text: w.value.connecting }
  })
}
