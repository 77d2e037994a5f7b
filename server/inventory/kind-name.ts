import type { Endpoint } from '../contract/inventory.ts'

/** What people call this kind of device. */
export function kindName(kind: Endpoint['kind']): string {
  return kind === 'pikvm' ? 'PiKVM' : 'BMC'
}
