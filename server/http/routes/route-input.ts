import { z } from 'zod'
import { can, type Principal } from '../../access/can.ts'
import type { LiveChange } from '../../contract/live.ts'
import type { Inventory } from '../../domain.ts'
import { visibleInventory } from '../../inventory/visibility.ts'

/** Path parameters of a route about one thing. */
export const idParams = z.strictObject({ id: z.string().min(1).max(64) })

/** And of one about a port of its switch. */
export const portParams = z.strictObject({
  id: z.string().min(1).max(64),
  port: z.coerce.number().int().min(0).max(19),
})

type ValueOf<E extends LiveChange['entity']> = NonNullable<Extract<LiveChange, { entity: E }>['value']>

/** The entities of one kind that this person may see. */
export function visibleOf<E extends LiveChange['entity']>(
  inventory: Inventory,
  principal: Principal | null,
  entity: E,
): ValueOf<E>[] {
  const changes = visibleInventory(inventory, (capability, resource) => can(principal, capability, resource))
  return changes.filter((change) => change.entity === entity).map((change) => change.value as ValueOf<E>)
}
