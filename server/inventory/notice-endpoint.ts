import type { LedWiring } from '../contract/state.ts'
import { later } from '../store/together.ts'
import type { StoredEndpoint } from '../store/tables/endpoints.ts'
import type { Ledger } from './ledger.ts'

export type Noticed = Partial<Pick<StoredEndpoint, 'offeredPin' | 'lastGoodAddress'>>

/** As `noteNoticed` of `endpointEdits`; runs in its turn. Only another certificate is told and recorded. */
export async function noteNoticed(ledger: Ledger, id: string, noticed: Noticed): Promise<void> {
  const { memory, store, audit } = ledger
  const current = memory.endpoints.get(id)
  // The endpoint was removed while its connection was being told to close.
  if (current === undefined) return
  const next = { ...current, ...noticed }
  const isNews = next.offeredPin !== current.offeredPin || next.lastGoodAddress !== current.lastGoodAddress
  if (!isNews) return
  const isOffered = next.offeredPin !== current.offeredPin && next.offeredPin !== null
  const line = audit.line(null, 'endpoint.certificateChanged', {
    ...memory.machineOfEndpoint(id),
    detail: { endpointId: id, pinned: current.pin, offered: next.offeredPin },
  })
  await store.together([later('endpoints', 'setNoticed', id, next), ...(isOffered ? [line] : [])])
  const change = memory.putEndpoint(next)
  if (next.offeredPin !== current.offeredPin) ledger.publish([change])
}

/** As `noteLedWiring` of `endpointEdits`; runs in its turn. */
export async function noteLedWiring(
  { memory, store }: Ledger,
  endpointId: string,
  port: number | null,
  ledWiring: LedWiring,
): Promise<void> {
  const console = memory.consoleAt(endpointId, port)
  // Its machine left while the connection looked.
  if (console === undefined || memory.ledWirings.get(console.id) === ledWiring) return
  await store.consoles.setLedWiring(console.id, ledWiring)
  memory.ledWirings.set(console.id, ledWiring)
}
