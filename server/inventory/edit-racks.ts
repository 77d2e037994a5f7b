import type { z } from 'zod'
import type { Device, Rack, RackFields, rackEdit } from '../contract/inventory.ts'
import { AppError } from '../errors.ts'
import { newId } from '../store/new-id.ts'
import { later } from '../store/together.ts'
import { assertFresh, assertNameFree, mustExist, type Actor, type Ledger } from './ledger.ts'
import { assertCanShrink } from './placement.ts'
import { withoutUndefined } from './without-undefined.ts'

/** Edits of racks. Each resolves when edit and record are durable, in one write; refusals are AppError `inventory/*`. */
export function rackEdits(ledger: Ledger) {
  const { memory, store, audit } = ledger
  const racksOf = (siteId: string): Rack[] =>
    [...memory.racks.values()].filter((rack) => rack.siteId === siteId)

  const createRack = (by: Actor, fields: RackFields): Promise<Rack> =>
    ledger.inTurn(async () => {
      mustExist(memory.sites.get(fields.siteId), 'site')
      assertNameFree(fields.name, null, racksOf(fields.siteId), 'rack')
      const rack = { ...fields, id: newId(ledger.now()), rev: 1 }
      await store.together([
        later('racks', 'insert', rack),
        audit.line(by, 'rack.created', { detail: { rackId: rack.id, name: rack.name } }),
      ])
      ledger.publish([memory.putRack(rack)])
      return rack
    })

  const editRack = (by: Actor, id: string, edit: z.infer<typeof rackEdit>): Promise<Rack> =>
    ledger.inTurn(async () => {
      const current = mustExist(memory.racks.get(id), 'rack')
      assertFresh(current, edit.rev, 'rack')
      const rack = { ...current, ...withoutUndefined(edit), rev: current.rev + 1 }
      assertNameFree(rack.name, id, racksOf(rack.siteId), 'rack')
      assertCanShrink(current, rack.height, memory.devicesInRack(id))
      const { name, height } = rack
      await store.together([
        later('racks', 'update', rack),
        audit.line(by, 'rack.edited', { detail: { rackId: id, name, height } }),
      ])
      ledger.publish([memory.putRack(rack)])
      return rack
    })

  /** With `cascade` the machines in it stay, without a place; without, a rack in use is refused. */
  const removeRack = (by: Actor, id: string, rev: number, cascade: boolean): Promise<void> =>
    ledger.inTurn(async () => {
      const rack = mustExist(memory.racks.get(id), 'rack')
      assertFresh(rack, rev, 'rack')
      const inRack = memory.devicesInRack(id)
      if (inRack.length > 0 && !cascade) throw stillInRack(rack, inRack)
      const names = inRack.map((device) => device.name)
      await store.together([
        later('racks', 'remove', id),
        audit.line(by, 'rack.removed', { detail: { rackId: id, name: rack.name, unplaced: names } }),
      ])
      const unplaced = inRack.map((device) =>
        memory.putDevice({ ...device, rev: device.rev + 1, placement: { kind: 'none' } }),
      )
      ledger.publish([...unplaced, memory.dropRack(rack)])
    })

  return { createRack, editRack, removeRack }
}

function stillInRack(rack: Rack, inRack: readonly Device[]): AppError {
  const uses = inRack.map((device) => device.name)
  return new AppError(
    'inventory/inUse',
    `${uses.join(', ')} ${uses.length === 1 ? 'is' : 'are'} in ${rack.name}. Move them first, or remove the rack and keep them without a place.`,
    { details: { name: rack.name, uses } },
  )
}
