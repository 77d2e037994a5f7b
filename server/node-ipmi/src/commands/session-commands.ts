import { netFn } from '../wire/lan-message.ts'
import { type Privilege, privilegeLevel } from '../session/privilege.ts'
import { type IpmiCommand, nothing, reader } from './command.ts'

/** Set Session Privilege Level. @see IPMI 2.0 §22.18 */
export function setSessionPrivilege(privilege: Privilege): IpmiCommand<{ level: number }> {
  return {
    name: 'Set Session Privilege Level',
    netFn: netFn.app,
    command: 0x3b,
    data: Uint8Array.of(privilegeLevel[privilege]),
    privilege: 'user',
    isRepeatable: true,
    completionCodes: {
      0x80: 'the level is not available for this user',
      0x81: 'the level exceeds the limit of the user or the channel',
      0x82: 'user level authentication cannot be disabled',
    },
    decode: (data) => ({ level: reader(data, 'Set Session Privilege Level').u8() & 0x0f }),
  }
}

/** Close Session: our own, or with administrator privilege another one. @see IPMI 2.0 §22.19 */
export function closeSession(bmcSessionId: number): IpmiCommand<void> {
  const data = Buffer.alloc(4)
  data.writeUInt32LE(bmcSessionId)
  return {
    name: 'Close Session',
    netFn: netFn.app,
    command: 0x3c,
    data,
    privilege: 'user',
    isRepeatable: false,
    completionCodes: { 0x87: 'no such session', 0x88: 'no such session handle' },
    decode: nothing,
  }
}

export interface SessionInfo {
  handle: number
  possibleSessions: number
  activeSessions: number
  /** Fields below are there when the session exists; the address only where the BMC tells it. */
  userId?: number
  privilege?: number
  address?: string
  port?: number
}

/** Get Session Info by index: 0 is the session in use, 1 to N the active ones. @see IPMI 2.0 §22.20 */
export function getSessionInfo(index: number): IpmiCommand<SessionInfo> {
  return {
    name: 'Get Session Info',
    netFn: netFn.app,
    command: 0x3d,
    data: Uint8Array.of(index),
    privilege: 'user',
    isRepeatable: true,
    decode: decodeSessionInfo,
  }
}

function decodeSessionInfo(data: Buffer): SessionInfo {
  const r = reader(data, 'Get Session Info')
  const [handle, possible, active] = [r.u8(), r.u8() & 0x3f, r.u8() & 0x3f]
  const info: SessionInfo = { handle, possibleSessions: possible, activeSessions: active }
  if (r.remaining < 3) return info
  info.userId = r.u8() & 0x3f
  info.privilege = r.u8() & 0x0f
  r.skip(1)
  if (r.remaining < 12) return info
  info.address = [...r.bytes(4)].join('.')
  r.skip(6)
  info.port = r.u16()
  return info
}
