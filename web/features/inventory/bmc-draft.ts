import type { BmcAddBody, BmcQuirk, EndpointEdit, IpmiSettings } from '../../../server/contract/inventory.ts'
import type { MachineDraft } from './add-draft.ts'

/** `kg` empty: none, or the stored one. `suite` empty: the safest that the BMC has. */
export type BmcSettingsDraft = { kg: string; suite: string; quirks: BmcQuirk[] }
export type BmcSignInDraft = { user: string; password: string; credentialsFrom: string }

export const emptySettings: BmcSettingsDraft = { kg: '', suite: '', quirks: [] }

/** The settings of a BMC that is here, as its form begins. */
export function settingsOf({ suite, quirks }: IpmiSettings): BmcSettingsDraft {
  return { kg: '', suite: suite === null ? '' : String(suite), quirks: [...quirks] }
}

/** The request that adds a BMC. `siteId` is only for a new machine. */
export function bmcBody(
  at: { address: string; port: number },
  signIn: BmcSignInDraft,
  settings: BmcSettingsDraft,
  machine: MachineDraft,
): BmcAddBody {
  const isReused = signIn.credentialsFrom !== ''
  return {
    ...at,
    user: signIn.user.trim(),
    ...(isReused ? { credentialsFrom: signIn.credentialsFrom } : { password: signIn.password }),
    ...(settings.kg !== '' && { kg: settings.kg }),
    ...(settings.suite !== '' && { suite: Number(settings.suite) }),
    ...(settings.quirks.length > 0 && { quirks: settings.quirks }),
    machine:
      machine.deviceId === ''
        ? { name: machine.name.trim(), siteId: machine.siteId }
        : { deviceId: machine.deviceId },
  }
}

/** What changed of a BMC's settings, for an edit. */
export function settingsEdit(
  before: IpmiSettings,
  draft: BmcSettingsDraft,
  dropsKg: boolean,
): Pick<EndpointEdit, 'kg' | 'suite' | 'quirks'> {
  const suite = draft.suite === '' ? null : Number(draft.suite)
  const isSame =
    before.quirks.length === draft.quirks.length && before.quirks.every((one) => draft.quirks.includes(one))
  return {
    ...(draft.kg !== '' ? { kg: draft.kg } : dropsKg && { kg: null }),
    ...(suite !== before.suite && { suite }),
    ...(!isSame && { quirks: draft.quirks }),
  }
}
