import type { z } from 'zod'
import type { Site, SiteFields, siteEdit } from '../contract/inventory.ts'
import { AppError } from '../errors.ts'
import { newId } from '../store/new-id.ts'
import { later } from '../store/together.ts'
import { assertFresh, assertNameFree, mustExist, type Actor, type Ledger } from './ledger.ts'
import { withoutUndefined } from './without-undefined.ts'

/** Edits of sites. Each resolves when edit and record are durable, in one write; refusals are AppError `inventory/*`. */
export function siteEdits(ledger: Ledger) {
  const { memory, store, audit } = ledger

  const createSite = (by: Actor, fields: SiteFields): Promise<Site> =>
    ledger.inTurn(async () => {
      assertNameFree(fields.name, null, memory.sites.values(), 'site')
      const site = { ...fields, id: newId(ledger.now()), rev: 1 }
      await store.together([
        later('sites', 'insert', site),
        audit.line(by, 'site.created', { detail: { siteId: site.id, name: site.name } }),
      ])
      ledger.publish([memory.putSite(site)])
      return site
    })

  const editSite = (by: Actor, id: string, edit: z.infer<typeof siteEdit>): Promise<Site> =>
    ledger.inTurn(async () => {
      const current = mustExist(memory.sites.get(id), 'site')
      assertFresh(current, edit.rev, 'site')
      const site = { ...current, ...withoutUndefined(edit), rev: current.rev + 1 }
      assertNameFree(site.name, id, memory.sites.values(), 'site')
      await store.together([
        later('sites', 'update', site),
        audit.line(by, 'site.edited', { detail: { siteId: id, name: site.name } }),
      ])
      ledger.publish([memory.putSite(site)])
      return site
    })

  /** Only an empty site can be removed; there is no cascade. */
  const removeSite = (by: Actor, id: string, rev: number): Promise<void> =>
    ledger.inTurn(async () => {
      const site = mustExist(memory.sites.get(id), 'site')
      assertFresh(site, rev, 'site')
      const uses = [...memory.racks.values(), ...memory.devices.values()]
        .filter((entry) => entry.siteId === id)
        .map((entry) => entry.name)
      if (uses.length > 0) {
        throw new AppError(
          'inventory/inUse',
          `${site.name} still has ${uses.join(', ')}. Remove those first.`,
          {
            details: { name: site.name, uses },
          },
        )
      }
      await store.together([
        later('sites', 'remove', id),
        audit.line(by, 'site.removed', { detail: { siteId: id, name: site.name } }),
      ])
      ledger.publish([memory.dropSite(id)])
    })

  return { createSite, editSite, removeSite }
}
