import { closeSession } from '../commands/session-commands.ts'
import type { Quirks } from '../quirks.ts'
import { cipherSuite } from '../wire/cipher-suite.ts'
import { decodeLanResponse, encodeLanRequest } from '../wire/lan-message.ts'
import { sessionIntegrityKey, sessionKeys } from '../wire/rakp-codes.ts'
import { openPacket, type SessionKeys, sealPacket } from '../wire/sealed-packet.ts'
import { decodeSessionPacket, payloadType } from '../wire/session-packet.ts'
import { hashedUsername } from './handshake.ts'

/** What was hashed in the login of a session that is to be closed; the randoms are 16 bytes each. */
export interface PastLogin {
  suite: number
  role: number
  consoleRandom: Buffer
  bmcRandom: Buffer
}

interface Credentials {
  username: Buffer
  password: Buffer
  kg: Buffer | undefined
  quirks: Quirks
}

/** The numbers of one session, ours and the BMC's. */
interface SessionIds {
  consoleSessionId: number
  bmcSessionId: number
}

/** Not the number of a request that the session may still hold an answer to. */
const rqSeq = 0x3f
const noSuchSession = 0x87

/** The keys of a session, made anew from its login; undefined when its suite is not ours. @see IPMI 2.0 §13.31 */
export function pastKeys(login: PastLogin, credentials: Credentials): SessionKeys | undefined {
  const suite = cipherSuite(login.suite)
  if (!suite) return undefined
  const { password, kg } = credentials
  const username = hashedUsername(credentials)
  return sessionKeys(suite, sessionIntegrityKey(suite, { ...login, username, password }, kg))
}

/** Close Session for itself, under this sequence number. */
export function farewell(
  keys: SessionKeys,
  { bmcSessionId }: SessionIds,
  sequence: number,
  iv: Uint8Array,
  padWithoutTrailer: boolean,
): Buffer {
  return sealPacket(keys, {
    payloadType: payloadType.ipmi,
    sessionId: bmcSessionId,
    sequence,
    payload: encodeLanRequest({ ...closeSession(bmcSessionId), rqSeq }),
    iv,
    padWithoutTrailer,
  })
}

/** Does this datagram say that the session is closed? */
export function isFarewellAnswer(
  keys: SessionKeys,
  { consoleSessionId }: SessionIds,
  bytes: Buffer,
): boolean {
  const packet = decodeSessionPacket(bytes)
  if (!packet.ok || packet.value.version !== '2.0' || packet.value.sessionId !== consoleSessionId)
    return false
  const payload = openPacket(keys, packet.value)
  if (!payload.ok || packet.value.payloadType !== payloadType.ipmi) return false
  const response = decodeLanResponse(payload.value, false)
  if (!response.ok || response.value.rqSeq !== rqSeq) return false
  return response.value.completionCode === 0 || response.value.completionCode === noSuchSession
}
