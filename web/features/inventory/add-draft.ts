import type {
  PikvmAddBody,
  PikvmProbe,
  PikvmReadBody,
  SwitchPort,
} from '../../../server/contract/inventory.ts'

export type SignInDraft = {
  user: string
  /** Id of another PiKVM whose stored credentials are used; empty = `password`. */
  credentialsFrom: string
  password: string
  hasTotp: boolean
  totpSecret: string
}
export type MachineDraft = { deviceId: string; name: string; siteId: string }
/** Who is on one port of a Switch: `choice` empty for nothing, `newMachine`, or the id of a machine that is here. */
export type PortDraft = SwitchPort & { choice: string; newName: string }
export const newMachine = 'new'

/** A draft for each port; where people named it on the Switch, that machine is offered, or a new one of that name. */
export function portDrafts(
  ports: readonly SwitchPort[],
  machines: readonly { id: string; name: string }[],
): PortDraft[] {
  return ports.map((port) => {
    const newName = port.name.trim()
    const named = machines.find(({ name }) => name.toLowerCase() === newName.toLowerCase())
    return { ...port, choice: named?.id ?? (newName === '' ? '' : newMachine), newName }
  })
}

/** The ports that have a machine, for the request; a new one is made at `siteId`. */
export function namedPorts(drafts: readonly PortDraft[], siteId: string): NonNullable<PikvmAddBody['ports']> {
  return drafts
    .filter(({ choice }) => choice !== '')
    .map(({ port, choice, newName }) => ({
      port,
      machine: choice === newMachine ? { name: newName.trim(), siteId } : { deviceId: choice },
    }))
}

/** The ports that a refusal tells of; null when it tells of none. */
export function portsIn({ ports }: Record<string, unknown>): SwitchPort[] | null {
  return Array.isArray(ports) && ports.length > 0 ? (ports as SwitchPort[]) : null
}

/** Who signs in, over a connection that shows the approved certificate. */
export function signInBody(
  at: { address: string; port: number },
  probe: PikvmProbe,
  signIn: SignInDraft,
): PikvmReadBody {
  const isReused = signIn.credentialsFrom !== ''
  return {
    ...at,
    fingerprint: probe.fingerprint,
    user: signIn.user.trim(),
    ...(isReused ? { credentialsFrom: signIn.credentialsFrom } : { password: signIn.password }),
    ...(!isReused && signIn.hasTotp && { totpSecret: signIn.totpSecret.replace(/\s+/g, '') }),
  }
}

/**
 * The machines to attach: the one that it is plugged into, or those on the ports of its Switch. `siteId` is only for a
 * new machine.
 */
export function pluggedBody(
  plugged: MachineDraft | { ports: NonNullable<PikvmAddBody['ports']> },
): Pick<PikvmAddBody, 'machine' | 'ports'> {
  return 'ports' in plugged ? plugged : { machine: attached(plugged) }
}

function attached({ deviceId, name, siteId }: MachineDraft): PikvmAddBody['machine'] {
  return deviceId === '' ? { name: name.trim(), siteId } : { deviceId }
}

/** Where to go after a failure, so that what it is about is in sight. */
export function stepOfFailure(details: Record<string, unknown>): 1 | 2 | 3 | 4 | null {
  switch (details['step']) {
    case 'reach':
      return 1
    case 'certificate':
      return 2
    case 'signIn':
      return 3
    case 'ports':
      return 4
    default:
      return null
  }
}
