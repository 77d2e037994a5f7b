import type { Endpoint } from '../contract/inventory.ts'
import type { NameResolver } from '../names/name-resolver.ts'
import type { EndpointDriver } from './driver.ts'

type EndpointKind = Endpoint['kind']

/** Drivers by kind of endpoint. Each is loaded when first asked for, and made once. */
export interface DriverRegistry {
  driver(kind: EndpointKind): Promise<EndpointDriver>
}

const loaders = {
  pikvm: async (names) => (await import('./pikvm/pikvm-driver.ts')).createPikvmDriver({ names }),
  ipmi: async (names) => (await import('./ipmi/ipmi-driver.ts')).createIpmiDriver({ names }),
} as const satisfies Record<EndpointKind, (names: NameResolver) => Promise<EndpointDriver>>

/** The drivers of this program: the only place that knows them all. They share one resolver. */
export function createDriverRegistry(names: NameResolver): DriverRegistry {
  const made = new Map<EndpointKind, Promise<EndpointDriver>>()
  return {
    driver(kind) {
      const known = made.get(kind) ?? loaders[kind](names)
      made.set(kind, known)
      return known
    },
  }
}
