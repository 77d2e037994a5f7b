import type { ObserverParts } from '../../server/observe/observer.ts'

/** No machine is on a network of Crashcart's own. */
export const elsewhere: ObserverParts['lan'] = {
  factOf: () => null,
  noteLook: () => undefined,
  onChange: () => () => undefined,
}
