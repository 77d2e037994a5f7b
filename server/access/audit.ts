import type { AuditRow } from '../contract/access.ts'
import type { AuditBook } from '../domain.ts'
import type { Store } from '../store/store.ts'
import { cleanLine } from '../clean-text.ts'
import { later } from '../store/together.ts'

const maxText = 500
const maxDepth = 4
const maxItems = 50

/** The append-only record; see `store/tables/audit.ts` for the chain. */
export type AuditService = AuditBook & {
  /** Newest first, below `beforeSeq` when given, of one device when given. */
  list(limit: number, beforeSeq: number | null, deviceId: string | null): Promise<AuditRow[]>
}

export function createAudit(store: Store, now: () => number): AuditService {
  const line: AuditBook['line'] = (actor, event, about) =>
    later('audit', 'append', {
      at: now(),
      actorId: actor?.userId ?? null,
      actorName: cleanLine(actor?.name ?? '', 64),
      event,
      deviceId: about.deviceId ?? null,
      detail: cleanValue(about.detail ?? {}, 0) as Record<string, unknown>,
    })
  return {
    line,
    async record(actor, event, about) {
      await store.together([line(actor, event, about)])
    },
    list: (limit, beforeSeq, deviceId) => store.audit.list(limit, beforeSeq, deviceId),
  }
}

/** What people and devices wrote, as single plain lines of bounded size, so that an entry cannot forge another. */
function cleanValue(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return cleanLine(value, maxText)
  if (typeof value === 'bigint') return value.toString()
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  if (value === null || typeof value === 'boolean') return value
  if (typeof value !== 'object' || depth >= maxDepth) return null
  if (Array.isArray(value)) return value.slice(0, maxItems).map((item) => cleanValue(item, depth + 1))
  const entries = Object.entries(value).filter(([, item]) => item !== undefined)
  return Object.fromEntries(
    entries.slice(0, maxItems).map(([key, item]) => [cleanLine(key, 64), cleanValue(item, depth + 1)]),
  )
}
