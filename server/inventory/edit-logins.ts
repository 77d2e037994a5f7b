import type { LoginBody, LoginPart } from '../contract/inventory.ts'
import { mustExist, type Actor, type Ledger } from './ledger.ts'

const secretFields = { user: 'loginUser', password: 'loginPassword' } as const satisfies Record<
  LoginPart,
  string
>

/**
 * The login that may be typed on a machine's screen. It is written, replaced, removed and typed; nothing gives it back.
 * The machine's revision stays, since no field that people see changes. Throws AppError `device/locked`.
 */
export function loginEdits(ledger: Ledger) {
  const { memory, audit, vault } = ledger

  const setLogin = (by: Actor, deviceId: string, login: LoginBody): Promise<void> =>
    ledger.inTurn(async () => {
      mustExist(memory.devices.get(deviceId), 'machine')
      // The password last: there is a login once it is there.
      await vault.seal('devices', deviceId, secretFields.user, login.user)
      await vault.seal('devices', deviceId, secretFields.password, login.password)
      await published(by, deviceId, true)
    })

  const removeLogin = (by: Actor, deviceId: string): Promise<void> =>
    ledger.inTurn(async () => {
      mustExist(memory.devices.get(deviceId), 'machine')
      await vault.wipe('devices', deviceId)
      await published(by, deviceId, false)
    })

  const openLogin = (deviceId: string, part: LoginPart): Promise<string | null> =>
    vault.open('devices', deviceId, secretFields[part])

  const published = async (by: Actor, deviceId: string, isSet: boolean): Promise<void> => {
    const { hasLogin: _before, ...device } = mustExist(memory.devices.get(deviceId), 'machine')
    ledger.publish([memory.putDevice({ ...device, ...(isSet && { hasLogin: true }) })])
    const event = isSet ? 'device.loginSet' : 'device.loginRemoved'
    await audit.record(by, event, { deviceId, detail: { name: device.name } })
  }

  return { setLogin, removeLogin, openLogin }
}
