import type { Endpoint, EndpointEdit } from '../contract/inventory.ts'
import type { LedWiring } from '../contract/state.ts'
import type { EndpointOffer } from '../drivers/driver.ts'
import { AppError } from '../errors.ts'
import { later } from '../store/together.ts'
import type { StoredEndpoint } from '../store/tables/endpoints.ts'
import { assertAddressFree, edited } from './endpoint-parts.ts'
import { kindName } from './kind-name.ts'
import { assertFresh, mustExist, type Actor, type Ledger } from './ledger.ts'
import { publicEndpoint } from './memory.ts'
import { moveEndpoint, removeEndpoint } from './move-endpoint.ts'
import { noteLedWiring, noteNoticed, type Noticed } from './notice-endpoint.ts'
import { endpointAdding, sealSecrets } from './write-endpoint.ts'

/** Edits of endpoints. Each resolves when edit, secrets and record are durable, in one write. */
export function endpointEdits(ledger: Ledger) {
  return {
    ...endpointAdding(ledger),

    /**
     * Changes an endpoint. Another address is another device until someone says otherwise: password, TOTP secret and
     * pin are wiped in the same transaction, unless the edit brings new ones.
     */
    editEndpoint: (by: Actor, id: string, edit: EndpointEdit): Promise<Endpoint> =>
      ledger.inTurn(() => editEndpoint(ledger, by, id, edit)),

    /** Plugs a KVM into another machine: console and paths go with it, proofs and pictures do not. */
    moveKvm: (by: Actor, id: string, rev: number, deviceId: string): Promise<Endpoint> =>
      ledger.inTurn(() => moveEndpoint(ledger, by, id, rev, deviceId)),

    /** Without `cascade` an endpoint that gives power to other machines too is refused. */
    removeEndpoint: (by: Actor, id: string, rev: number, cascade: boolean): Promise<void> =>
      ledger.inTurn(() => removeEndpoint(ledger, by, id, rev, cascade)),

    /** Keeps what the device said it has when it was asked again. */
    updateOffer: (by: Actor, id: string, offer: EndpointOffer): Promise<Endpoint> =>
      ledger.inTurn(() => updateOffer(ledger, by, id, offer)),

    /** Notes what a connection noticed: another certificate than the pin (null: the right one), a working address. */
    noteNoticed: (id: string, noticed: Noticed): Promise<void> =>
      ledger.inTurn(() => noteNoticed(ledger, id, noticed)),

    /** Keeps what a connection saw of the wire of one machine's power LED. */
    noteLedWiring: (id: string, port: number | null, ledWiring: LedWiring): Promise<void> =>
      ledger.inTurn(() => noteLedWiring(ledger, id, port, ledWiring)),
  }
}

async function editEndpoint(ledger: Ledger, by: Actor, id: string, edit: EndpointEdit): Promise<Endpoint> {
  const { memory, store, audit } = ledger
  const current = mustExist(memory.endpoints.get(id), 'PiKVM')
  assertFresh(current, edit.rev, kindName(current.kind), publicEndpoint(current))
  assertFits(current, edit)
  const { next, drop } = edited(current, edit)
  assertAddressFree(memory, next.address, next.port, id)
  const changed = Object.keys(edit).filter((field) => field !== 'rev')
  const { kind, address, pin: fingerprint } = next
  await store.together([
    later('endpoints', 'update', next, drop),
    ...sealSecrets(ledger, id, edit),
    audit.line(by, 'endpoint.edited', {
      ...memory.machineOfEndpoint(id),
      detail: { endpointId: id, kind, address, fingerprint, changed, wiped: drop },
    }),
  ])
  ledger.publish([memory.putEndpointAccess(next)])
  return publicEndpoint(next)
}

async function updateOffer(ledger: Ledger, by: Actor, id: string, offer: EndpointOffer): Promise<Endpoint> {
  const { memory, store, audit } = ledger
  const current = mustExist(memory.endpoints.get(id), 'PiKVM')
  const next = { ...current, offer, rev: current.rev + 1 }
  await store.together([
    later('endpoints', 'update', next, []),
    audit.line(by, 'endpoint.read', {
      ...memory.machineOfEndpoint(id),
      detail: { endpointId: id, kind: next.kind, version: offer.version },
    }),
  ])
  ledger.publish([memory.putEndpoint(next)])
  return publicEndpoint(next)
}

const mostBytes = { user: 16, password: 20 } as const

/** Refuses what this kind of device does not have, and a user or password that IPMI would have to cut. */
function assertFits({ kind }: StoredEndpoint, edit: EndpointEdit): void {
  const isBmc = kind === 'ipmi'
  const foreign = isBmc
    ? edit.totpSecret !== undefined || edit.fingerprint !== undefined
    : edit.kg !== undefined || edit.suite !== undefined || edit.quirks !== undefined
  if (foreign) throw new AppError('request/invalid', `A ${kindName(kind)} has none of that.`)
  if (!isBmc) return
  for (const field of ['user', 'password'] as const) {
    const bytes = Buffer.byteLength(edit[field] ?? '')
    if (bytes <= mostBytes[field]) continue
    const why = `IPMI takes at most ${mostBytes[field]} bytes of a ${field}; this one has ${bytes}.`
    throw new AppError('request/invalid', why, { details: { field } })
  }
}
