import type { PikvmAddBody, PikvmProbe } from '../../../server/contract/inventory.ts'

export type SignInDraft = {
  user: string
  /** Id of another PiKVM whose stored credentials are used; empty = `password`. */
  credentialsFrom: string
  password: string
  hasTotp: boolean
  totpSecret: string
}
export type MachineDraft = { deviceId: string; name: string; siteId: string }

/** The request that the four steps make together. `siteId` is only for a new machine. */
export function addBody(
  at: { address: string; port: number },
  probe: PikvmProbe,
  signIn: SignInDraft,
  machine: MachineDraft,
): PikvmAddBody {
  const isReused = signIn.credentialsFrom !== ''
  return {
    ...at,
    fingerprint: probe.fingerprint,
    user: signIn.user.trim(),
    ...(isReused ? { credentialsFrom: signIn.credentialsFrom } : { password: signIn.password }),
    ...(!isReused && signIn.hasTotp && { totpSecret: signIn.totpSecret.replace(/\s+/g, '') }),
    machine:
      machine.deviceId === ''
        ? { name: machine.name.trim(), siteId: machine.siteId }
        : { deviceId: machine.deviceId },
  }
}

/** Where to go after a failure, so that what it is about is in sight. */
export function stepOfFailure(details: Record<string, unknown>): 1 | 2 | 3 | null {
  switch (details['step']) {
    case 'reach':
      return 1
    case 'certificate':
      return 2
    case 'signIn':
      return 3
    default:
      return null
  }
}
