import type { Inventory } from '../../../server/domain.ts'
import { nas1 } from '../power-world.ts'
import type { FaultMachine } from './fault-machine.ts'
import { relayLimits } from './simulated-kvm.ts'
import { ownPort } from './simulated-switch.ts'

/** What is written down of a simulated machine: one way to its power, its KVM and, where it has one, its BMC. */
export function inventoryOf({ path, kvm, bmc }: FaultMachine): Inventory {
  const port = kvm.switch === null ? null : ownPort
  const inventory: Partial<Inventory> = {
    device: (id) => (id === 'nas1' ? nas1 : undefined),
    endpoint: () => undefined,
    consoleOf: () => ({ id: 'c1', deviceId: 'nas1', endpointId: 'kvm1', port, type: 'kvm' }),
    deviceOf: () => 'nas1',
    bmcOf: () => (bmc === null ? undefined : 'bmc1'),
    pathsOf: () => [path],
    pulseOf: () => relayLimits,
    noteVerdict: async () => undefined,
    usualBackMs: () => null,
    learnBackMs: async () => undefined,
  }
  return inventory as Inventory
}
