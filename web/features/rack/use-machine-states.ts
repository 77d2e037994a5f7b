import { computed, type ComputedRef } from 'vue'
import type { HealthState, MachineState } from '../../../server/contract/state.ts'
import { useLiveStore } from '../../api/live-store.ts'

export type MachineLook = { health: HealthState | 'action'; state: MachineState | undefined }

/** How each machine looks now; a running power action comes before its health. Call in setup. */
export function useMachineLooks(): ComputedRef<(deviceId: string) => MachineLook> {
  const live = useLiveStore()
  const inAction = computed(() => {
    const running = [...live.actions.values()].filter((action) => action.phase !== 'done')
    return new Set(running.map((action) => action.deviceId))
  })
  return computed(() => (deviceId) => {
    const state = live.states.get(deviceId)
    return { health: inAction.value.has(deviceId) ? 'action' : (state?.health ?? 'unknown'), state }
  })
}

const worstFirst = ['down', 'degraded', 'unknown', 'action', 'up', 'paused'] as const

/** The state that stands for several machines: the worst. Null for none. */
export function worstOf(looks: readonly MachineLook[]): MachineLook['health'] | null {
  return worstFirst.find((health) => looks.some((look) => look.health === health)) ?? null
}
