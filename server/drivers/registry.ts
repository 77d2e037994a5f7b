import type { Endpoint } from '../contract/inventory.ts'
import type { EndpointDriver } from './driver.ts'

type EndpointKind = Endpoint['kind']

/** Drivers by kind of endpoint. Each is loaded when first asked for, and made once. */
export interface DriverRegistry {
  driver(kind: EndpointKind): Promise<EndpointDriver>
}

const loaders = {
  pikvm: async () => (await import('./pikvm/pikvm-driver.ts')).createPikvmDriver(),
  ipmi: async () => (await import('./ipmi/ipmi-driver.ts')).createIpmiDriver(),
} as const satisfies Record<EndpointKind, () => Promise<EndpointDriver>>

/** The drivers of this program: the only place that knows them all. */
export function createDriverRegistry(): DriverRegistry {
  const made = new Map<EndpointKind, Promise<EndpointDriver>>()
  return {
    driver(kind) {
      const known = made.get(kind) ?? loaders[kind]()
      made.set(kind, known)
      return known
    },
  }
}
