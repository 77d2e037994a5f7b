import { timingSafeEqual } from 'node:crypto'
import {
  type IpmiError,
  IpmiProtocolError,
  IpmiRefusedError,
  type IpmiStep,
  IpmiTamperedError,
} from '../errors.ts'
import type { Quirks } from '../quirks.ts'
import { openSessionError, rakp2Error, rakp4Error } from './handshake-errors.ts'
import type { CipherSuite } from '../wire/cipher-suite.ts'
import { decodeOpenSessionResponse, encodeOpenSessionRequest } from '../wire/open-session.ts'
import { decodeRakp2, decodeRakp4, encodeRakp1, encodeRakp3, type Rakp2, rakpStatus } from '../wire/rakp.ts'
import {
  rakp2Code,
  rakp3Code,
  rakp4CheckValue,
  type RakpInputs,
  sessionIntegrityKey,
  sessionKeys,
} from '../wire/rakp-codes.ts'
import type { SessionKeys } from '../wire/sealed-packet.ts'
import { payloadType } from '../wire/session-packet.ts'

/** What a handshake starts from. Random values are given, so that the machine itself is pure. */
export interface HandshakeInit {
  suite: CipherSuite
  username: Buffer
  password: Buffer
  kg: Buffer | undefined
  /** 2 user, 3 operator, 4 administrator. */
  privilege: number
  consoleSessionId: number
  consoleRandom: Buffer
  /** First message tag; each step uses the next. */
  tag: number
  quirks: Quirks
}

interface HandshakeSend {
  type: 'send'
  payloadType: number
  payload: Buffer
}

export type HandshakeState =
  | { name: 'opening'; init: HandshakeInit }
  | { name: 'awaiting RAKP 2'; init: HandshakeInit; bmcSessionId: number }
  | {
      name: 'awaiting RAKP 4'
      init: HandshakeInit
      bmcSessionId: number
      inputs: RakpInputs
      sik: Buffer
    }
  /** The BMC named other algorithms: the login goes on only as far as a RAKP 3 that ends it. */
  | { name: 'refusing'; init: HandshakeInit; bmcSessionId: number; error: IpmiError }
  | { name: 'active'; consoleSessionId: number; bmcSessionId: number; keys: SessionKeys }
  | { name: 'failed'; error: IpmiError; bmcSessionId?: number }

export interface HandshakeResult {
  state: HandshakeState
  /** To be sent, and sent again unchanged while no answer comes. */
  send?: HandshakeSend
  /** Why an answer to this step was passed over: anybody can send one, so the right one may still come. */
  malformed?: string
}

/** Begins with an Open Session Request. @see IPMI 2.0 §13.15 */
export function startHandshake(init: HandshakeInit): HandshakeResult {
  const asksReal =
    init.quirks.has('intelplus') || init.quirks.has('intel20') || init.quirks.has('opensesspriv')
  const payload = encodeOpenSessionRequest(
    init.tag,
    asksReal ? init.privilege : 0,
    init.consoleSessionId,
    init.suite,
  )
  return { state: { name: 'opening', init }, send: send(payloadType.openSessionRequest, payload) }
}

/**
 * One step: state and an answer from the BMC give the next state and what to send.
 * Answers that make no sense or belong to another step, tag or session are ignored (the state comes back unchanged).
 */
export function stepHandshake(state: HandshakeState, type: number, payload: Buffer): HandshakeResult {
  switch (state.name) {
    case 'opening':
      return type === payloadType.openSessionResponse ? onOpenSession(state, payload) : { state }
    case 'awaiting RAKP 2':
      return type === payloadType.rakp2 ? onRakp2(state, payload) : { state }
    case 'refusing':
      return type === payloadType.rakp2 ? refuse(state) : { state }
    case 'awaiting RAKP 4':
      return type === payloadType.rakp4 ? onRakp4(state, payload) : { state }
    default:
      return { state }
  }
}

/** The step a state waits in, for error messages. */
export function handshakeStep(state: HandshakeState): IpmiStep {
  if (state.name === 'awaiting RAKP 2' || state.name === 'refusing') return 'RAKP 1'
  return state.name === 'awaiting RAKP 4' ? 'RAKP 3' : 'open session'
}

type Opening = Extract<HandshakeState, { name: 'opening' }>
type AwaitingRakp2 = Extract<HandshakeState, { name: 'awaiting RAKP 2' }>
type AwaitingRakp4 = Extract<HandshakeState, { name: 'awaiting RAKP 4' }>

function onOpenSession(state: Opening, payload: Buffer): HandshakeResult {
  const { init } = state
  const response = decodeOpenSessionResponse(payload)
  if (!response.ok) return { state, malformed: response.reason }
  const { tag, status, consoleSessionId, accepted } = response.value
  if (tag !== init.tag) return { state }
  if (status !== 0 || !accepted) return failed(openSessionError(status, init.suite.id))
  if (consoleSessionId !== init.consoleSessionId) return { state }
  const { suite } = init
  const isAsAsked =
    accepted.authentication === suite.authentication &&
    accepted.integrity === suite.integrity &&
    accepted.confidentiality === suite.confidentiality
  if (!isAsAsked) {
    const got = `${accepted.authentication}/${accepted.integrity}/${accepted.confidentiality}`
    const why = `Asked for cipher suite ${suite.id}, the answer named other algorithms (${got}); refused`
    const { bmcSessionId } = accepted
    const error = new IpmiTamperedError('open session', why)
    return {
      state: { name: 'refusing', init, bmcSessionId, error },
      send: send(payloadType.rakp1, rakp1(init, bmcSessionId)),
    }
  }
  if (accepted.bmcSessionId === 0) {
    return failed(new IpmiProtocolError('open session', 'The BMC gave session id 0'))
  }
  return {
    state: { name: 'awaiting RAKP 2', init, bmcSessionId: accepted.bmcSessionId },
    send: send(payloadType.rakp1, rakp1(init, accepted.bmcSessionId)),
  }
}

/** In the specification's order: some BMCs fall over a RAKP 3 that no RAKP 1 preceded. */
function refuse(state: Extract<HandshakeState, { name: 'refusing' }>): HandshakeResult {
  const giveUp = errorRakp3(state.init, state.bmcSessionId, rakpStatus.noCipherSuiteMatch)
  return failed(state.error, state.bmcSessionId, giveUp)
}

function rakp1(init: HandshakeInit, bmcSessionId: number): Buffer {
  const padsName = init.quirks.has('i82571spt')
  const message = {
    tag: (init.tag + 1) & 0xff,
    bmcSessionId,
    consoleRandom: init.consoleRandom,
    role: roleByte(init),
    username: hashedUsername(init),
  }
  return encodeRakp1(message, padsName ? 16 : 0)
}

function onRakp2(state: AwaitingRakp2, payload: Buffer): HandshakeResult {
  const { init, bmcSessionId } = state
  const response = decodeRakp2(payload)
  if (!response.ok) return { state, malformed: response.reason }
  const { tag, status, consoleSessionId } = response.value
  if (tag !== ((init.tag + 1) & 0xff)) return { state }
  if (status !== 0) return failed(rakp2Error(status), bmcSessionId)
  if (consoleSessionId !== init.consoleSessionId) return { state }
  const inputs = rakpInputs(init, bmcSessionId, response.value)
  if (!isRightRakp2Code(init, inputs, response.value.authCode)) {
    const why =
      'The BMC does not know this password: its code in RAKP 2 is not the one expected. The password is wrong, or somebody else answers'
    const giveUp = errorRakp3(init, bmcSessionId, rakpStatus.invalidCheckValue)
    return failed(new IpmiRefusedError('RAKP 1', 'wrong-password', why), bmcSessionId, giveUp)
  }
  const sik = sessionIntegrityKey(init.suite, inputs, init.kg)
  const authCode = rakp3Code(init.suite, rakp3Inputs(init, inputs))
  const rakp3 = encodeRakp3({ tag: (init.tag + 2) & 0xff, status: 0, bmcSessionId, authCode })
  return {
    state: { name: 'awaiting RAKP 4', init, bmcSessionId, inputs, sik },
    send: send(payloadType.rakp3, rakp3),
  }
}

function onRakp4(state: AwaitingRakp4, payload: Buffer): HandshakeResult {
  const { init, bmcSessionId, inputs, sik } = state
  const response = decodeRakp4(payload)
  if (!response.ok) return { state, malformed: response.reason }
  const { tag, status, consoleSessionId, checkValue } = response.value
  if (tag !== ((init.tag + 2) & 0xff)) return { state }
  if (status !== 0) return failed(rakp4Error(status), bmcSessionId)
  if (consoleSessionId !== init.consoleSessionId) return { state }
  const byIntegrity = init.quirks.has('intelplus') || init.quirks.has('intel20')
  const expected = rakp4CheckValue(init.suite, inputs, sik, byIntegrity)
  const isIgnored = init.suite.id === 0 && init.quirks.has('integritycheckvalue')
  if (!isIgnored && !isEqual(expected, checkValue)) {
    const why = init.kg
      ? 'The check value in RAKP 4 is wrong: the K_g key is wrong, or the answer was altered'
      : 'The check value in RAKP 4 is wrong: the BMC has a K_g key set, or the answer was altered'
    const giveUp = errorRakp3(init, bmcSessionId, rakpStatus.invalidCheckValue)
    return failed(new IpmiRefusedError('RAKP 3', 'wrong-kg', why), bmcSessionId, giveUp)
  }
  const keys = sessionKeys(init.suite, sik)
  return { state: { name: 'active', consoleSessionId: init.consoleSessionId, bmcSessionId, keys } }
}

function rakpInputs(init: HandshakeInit, bmcSessionId: number, rakp2: Rakp2): RakpInputs {
  return {
    consoleSessionId: init.consoleSessionId,
    bmcSessionId,
    consoleRandom: init.consoleRandom,
    bmcRandom: Buffer.from(rakp2.bmcRandom),
    bmcGuid: Buffer.from(rakp2.bmcGuid),
    role: init.quirks.has('i82571spt') ? init.privilege : roleByte(init),
    username: hashedUsername(init),
    password: init.password,
  }
}

/** RAKP 3 hashes the role without the look-up bit on some boards, and the bare name on the Intel ones. */
function rakp3Inputs(init: HandshakeInit, inputs: RakpInputs): RakpInputs {
  const dropsBit = init.quirks.has('intelplus') || init.quirks.has('i82571spt') || init.quirks.has('intel20')
  return { ...inputs, username: init.username, role: dropsBit ? init.privilege : inputs.role }
}

/** Bit 4 looks the user up by name alone. */
function roleByte(init: HandshakeInit): number {
  return 0x10 | init.privilege
}

/** The user name as both sides hash it. */
export function hashedUsername({ username, quirks }: Pick<HandshakeInit, 'username' | 'quirks'>): Buffer {
  return quirks.has('intel20') ? Buffer.concat([username], 16) : username
}

function isRightRakp2Code(init: HandshakeInit, inputs: RakpInputs, authCode: Buffer): boolean {
  const expected = rakp2Code(init.suite, inputs)
  const cutsExtra = init.quirks.has('supermicro20') || init.quirks.has('sun20')
  const code =
    cutsExtra && authCode.length === expected.length + 1 ? authCode.subarray(0, expected.length) : authCode
  return isEqual(expected, code)
}

function isEqual(expected: Buffer, received: Buffer): boolean {
  return expected.length === received.length && timingSafeEqual(expected, received)
}

/** RAKP 3 with an error status: the BMC frees the half-open session instead of holding it until it times out. */
function errorRakp3(init: HandshakeInit, bmcSessionId: number, status: number): HandshakeSend {
  const tag = (init.tag + 2) & 0xff
  return send(payloadType.rakp3, encodeRakp3({ tag, status, bmcSessionId, authCode: Buffer.alloc(0) }))
}

function send(type: number, payload: Buffer): HandshakeSend {
  return { type: 'send', payloadType: type, payload }
}

function failed(error: IpmiError, bmcSessionId?: number, giveUp?: HandshakeSend): HandshakeResult {
  const state: HandshakeState = {
    name: 'failed',
    error,
    ...(bmcSessionId === undefined ? {} : { bmcSessionId }),
  }
  return giveUp ? { state, send: giveUp } : { state }
}
