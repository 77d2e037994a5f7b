import { ref, shallowRef } from 'vue'
import type { Device, Placement } from '../../../server/contract/inventory.ts'
import { inventoryApi } from '../../api/inventory-api.ts'
import { useLiveStore } from '../../api/live-store.ts'
import { useRequest } from '../../api/use-request.ts'

/** What was moved last: enough to say it and to undo it. */
export type Moved = { device: Device; before: Placement }

/** Moving machines by tapping: one is picked, the next tap on a free place puts it there. */
export function usePlacing() {
  const live = useLiveStore()
  const pickedId = ref<string | null>(null)
  const moved = shallowRef<Moved | null>(null)
  const { isBusy, failure, run } = useRequest()

  /** Picks a machine, or lets go of it when it was picked. */
  function pick(deviceId: string | null): void {
    pickedId.value = pickedId.value === deviceId ? null : deviceId
    moved.value = null
  }

  async function place(placement: Placement): Promise<void> {
    const device = pickedId.value === null ? undefined : live.devices.get(pickedId.value)
    if (!device) return
    await run(async () => {
      const edited = await inventoryApi.editDevice(device.id, { rev: device.rev, placement })
      moved.value = { device: edited, before: device.placement }
    })
  }

  async function undo(): Promise<void> {
    const last = moved.value
    if (!last) return
    const { id, rev } = last.device
    const isBack = await run(() => inventoryApi.editDevice(id, { rev, placement: last.before }))
    if (isBack) moved.value = null
  }

  function stop(): void {
    pickedId.value = null
    moved.value = null
  }

  return { pickedId, moved, isBusy, failure, pick, place, undo, stop }
}
