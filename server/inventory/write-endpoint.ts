import type { Console } from '../contract/inventory.ts'
import type { LiveChange } from '../contract/live.ts'
import { portLabel } from '../contract/port-label.ts'
import type { StoreCall } from '../store/together.ts'
import { later } from '../store/together.ts'
import type { EndpointSecret, NewEndpoint } from '../store/tables/endpoints.ts'
import { newBmcParts, newParts, type AddedPikvm, type ReadyBmc, type ReadyPikvm } from './endpoint-parts.ts'
import type { Actor, Ledger } from './ledger.ts'
import { labelsOf, publicEndpoint } from './memory.ts'

type Secrets = { [field in EndpointSecret]?: string | null | undefined }

/** Adding an endpoint: machine, endpoint, console, paths, secrets and record in one transaction. */
export function endpointAdding(ledger: Ledger) {
  return {
    addPikvm: (by: Actor, ready: ReadyPikvm): Promise<AddedPikvm> =>
      ledger.inTurn(() => add(ledger, by, newParts(ledger, ready), ready)),
    addBmc: (by: Actor, ready: ReadyBmc): Promise<AddedPikvm> =>
      ledger.inTurn(() => add(ledger, by, newBmcParts(ledger, ready), ready)),
  }
}

/** The writes that keep those of an endpoint's secrets that are given. Throws AppError `device/locked`. */
export function sealSecrets({ vault }: Pick<Ledger, 'vault'>, id: string, secrets: Secrets): StoreCall[] {
  const fields = ['password', 'totpSecret', 'kg'] as const
  return fields.flatMap((field) => {
    const plain = secrets[field]
    return typeof plain === 'string' ? [vault.sealing('endpoints', id, field, plain)] : []
  })
}

async function add(ledger: Ledger, by: Actor, parts: NewEndpoint, secrets: Secrets): Promise<AddedPikvm> {
  const { endpoint, consoles, paths } = parts
  await ledger.store.together([
    later('endpoints', 'add', parts),
    ...sealSecrets(ledger, endpoint.id, secrets),
    ...consoles.map((console) =>
      ledger.audit.line(by, 'endpoint.added', {
        deviceId: console.deviceId,
        detail: detailOf(parts, console),
      }),
    ),
  ])
  ledger.publish(putParts(ledger, parts))
  const deviceId = consoles[0]?.deviceId ?? ''
  return { endpoint: publicEndpoint(endpoint), consoles: [...consoles], paths: [...paths], deviceId }
}

function detailOf(
  { endpoint, newDevices }: NewEndpoint,
  { deviceId, port: switchPort }: Console,
): Record<string, unknown> {
  const { id: endpointId, kind, address, port, user, pin: fingerprint, offer } = endpoint
  const newMachine = newDevices.find(({ id }) => id === deviceId)?.name
  const about = { endpointId, kind, address, port, user, fingerprint, newMachine }
  return switchPort === null ? about : { ...about, switchPort: portLabel(switchPort, labelsOf(offer)) }
}

function putParts({ memory }: Ledger, { endpoint, newDevices, consoles, paths }: NewEndpoint): LiveChange[] {
  return [
    ...newDevices.map((device) => memory.putDevice(device)),
    memory.putEndpoint(endpoint),
    ...consoles.map((console) => memory.putConsole(console, endpoint.siteId)),
    ...paths.map((path) => memory.putPath(path)),
  ]
}
