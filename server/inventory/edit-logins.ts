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
  const { memory, store, audit, vault } = ledger

  const setLogin = (by: Actor, deviceId: string, login: LoginBody): Promise<void> =>
    ledger.inTurn(async () => {
      const { hasLogin: _before, ...device } = mustExist(memory.devices.get(deviceId), 'machine')
      await store.together([
        vault.sealing('devices', deviceId, secretFields.user, login.user),
        vault.sealing('devices', deviceId, secretFields.password, login.password),
        audit.line(by, 'device.loginSet', { deviceId, detail: { name: device.name } }),
      ])
      ledger.publish([memory.putDevice({ ...device, hasLogin: true })])
    })

  const removeLogin = (by: Actor, deviceId: string): Promise<void> =>
    ledger.inTurn(async () => {
      const { hasLogin: _before, ...device } = mustExist(memory.devices.get(deviceId), 'machine')
      await store.together([
        vault.wiping('devices', deviceId),
        audit.line(by, 'device.loginRemoved', { deviceId, detail: { name: device.name } }),
      ])
      ledger.publish([memory.putDevice(device)])
    })

  const openLogin = (deviceId: string, part: LoginPart): Promise<string | null> =>
    vault.open('devices', deviceId, secretFields[part])

  return { setLogin, removeLogin, openLogin }
}
