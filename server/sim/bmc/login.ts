import { randomBytes, timingSafeEqual } from 'node:crypto'
import type { Quirks } from '../../node-ipmi/src/quirks.ts'
import { cipherSuiteOf } from '../../node-ipmi/src/wire/cipher-suite.ts'
import { decodeOpenSessionRequest, encodeOpenSessionResponse } from '../../node-ipmi/src/wire/open-session.ts'
import {
  decodeRakp1,
  decodeRakp3,
  encodeRakp2,
  encodeRakp4,
  type Rakp1,
  rakpStatus,
} from '../../node-ipmi/src/wire/rakp.ts'
import {
  rakp2Code,
  rakp3Code,
  rakp4CheckValue,
  type RakpInputs,
  sessionIntegrityKey,
  sessionKeys,
} from '../../node-ipmi/src/wire/rakp-codes.ts'
import { payloadType } from '../../node-ipmi/src/wire/session-packet.ts'
import type { BmcLie } from './faults.ts'
import type { BmcSession, BmcUser, Peer, SessionTable } from './sessions.ts'

export interface LoginConfig {
  users: readonly BmcUser[]
  suites: readonly number[]
  kg: Buffer | undefined
  guid: Buffer
  /** Says nothing to suites that it does not know, instead of refusing them. */
  ignoresOtherSuites: boolean
  /** Departures from the specification, named like the client's quirks that get along with them. */
  deviations: Quirks
}

export interface LoginAnswer {
  payloadType: number
  payload: Buffer
}

const none = Buffer.alloc(0)
const highest = 4

/** The BMC's half of Open Session and RAKP; an undefined answer means silence. */
export class Login {
  readonly #config: LoginConfig
  readonly #sessions: SessionTable
  readonly #lie: () => BmcLie | null

  constructor(config: LoginConfig, sessions: SessionTable, lie: () => BmcLie | null) {
    this.#config = config
    this.#sessions = sessions
    this.#lie = lie
  }

  handle(type: number, payload: Buffer, peer: Peer): LoginAnswer | undefined {
    if (type === payloadType.openSessionRequest) return this.#open(payload, peer)
    if (type === payloadType.rakp1) return this.#rakp1(payload)
    return type === payloadType.rakp3 ? this.#rakp3(payload) : undefined
  }

  #open(payload: Buffer, peer: Peer): LoginAnswer | undefined {
    const request = decodeOpenSessionRequest(payload)
    if (!request.ok) return undefined
    const { tag, privilege, consoleSessionId, authentication, integrity, confidentiality } = request.value
    const answer = (status: number, session?: BmcSession): LoginAnswer => {
      const accepted = session && { ...this.#algorithms(session), bmcSessionId: session.id }
      // "Highest" is answered with what that is; FreeIPMI insists.
      const head = { tag, status, privilege: privilege === 0 ? highest : privilege, consoleSessionId }
      const body = encodeOpenSessionResponse(accepted ? { ...head, accepted } : head)
      return { payloadType: payloadType.openSessionResponse, payload: body }
    }
    const repeated = this.#sessions.all.find(
      (s) => s.state === 'opened' && s.lastHandshake?.request.equals(payload),
    )
    if (repeated) return answer(rakpStatus.ok, repeated)
    const suite = cipherSuiteOf(authentication, integrity, confidentiality)
    if (!suite || !this.#config.suites.includes(suite.id))
      return this.#config.ignoresOtherSuites ? undefined : answer(rakpStatus.noCipherSuiteMatch)
    const session = this.#sessions.open(consoleSessionId, peer, suite, privilege)
    if (!session) return answer(rakpStatus.insufficientResources)
    session.lastHandshake = { request: Buffer.from(payload), answer: none }
    return answer(rakpStatus.ok, session)
  }

  #algorithms({ suite }: BmcSession): { authentication: number; integrity: number; confidentiality: number } {
    if (this.#lie() === 'other algorithms') return { authentication: 1, integrity: 0, confidentiality: 0 }
    const { authentication, integrity, confidentiality } = suite
    return { authentication, integrity, confidentiality }
  }

  #rakp1(payload: Buffer): LoginAnswer | undefined {
    if (this.#config.deviations.has('i82571spt') && payload.length < 44) return undefined
    const message = decodeRakp1(payload)
    if (!message.ok) return undefined
    const session = this.#sessions.find(message.value.bmcSessionId)
    if (!session || session.state === 'active') return undefined
    if (session.lastHandshake?.request.equals(payload)) {
      return { payloadType: payloadType.rakp2, payload: session.lastHandshake.answer }
    }
    const answer = this.#challenge(session, message.value)
    session.lastHandshake = { request: Buffer.from(payload), answer }
    return { payloadType: payloadType.rakp2, payload: answer }
  }

  #challenge(session: BmcSession, message: Rakp1): Buffer {
    const { tag, role, username } = message
    const { consoleSessionId } = session
    const refuse = (status: number): Buffer => {
      this.#sessions.close(session.id)
      return encodeRakp2({ tag, status, consoleSessionId, bmcRandom: none, bmcGuid: none, authCode: none })
    }
    const name = username.toString('latin1').replace(/\0+$/, '')
    const user = this.#config.users.find((candidate) => candidate.name === name)
    if (!user) return refuse(rakpStatus.unauthorizedName)
    const asked = role & 0x0f
    if (asked > user.privilege) return refuse(rakpStatus.unauthorizedRole)
    session.user = user
    session.maxPrivilege = asked === 0 ? user.privilege : asked
    session.inputs = this.#inputs(session, message, user)
    session.state = 'challenged'
    return this.#rakp2(session, tag, session.inputs)
  }

  #rakp2(session: BmcSession, tag: number, inputs: RakpInputs): Buffer {
    const { consoleSessionId } = session
    const code = rakp2Code(session.suite, inputs)
    if (this.#lie() === 'wrong RAKP 2 code') code[0] = (code[0] ?? 0) ^ 1
    const { deviations } = this.#config
    const hasExtra = deviations.has('supermicro20') || deviations.has('sun20')
    const authCode = hasExtra ? Buffer.concat([code, Buffer.of(0)]) : code
    const { bmcRandom, bmcGuid } = inputs
    return encodeRakp2({ tag, status: 0, consoleSessionId, bmcRandom, bmcGuid, authCode })
  }

  #inputs(session: BmcSession, message: Rakp1, user: BmcUser): RakpInputs {
    const { deviations } = this.#config
    const openedRole = (message.role & 0x10) | session.openedPrivilege
    const role = deviations.has('opensesspriv') ? openedRole : message.role
    return {
      consoleSessionId: session.consoleSessionId,
      bmcSessionId: session.id,
      consoleRandom: Buffer.from(message.consoleRandom),
      bmcRandom: randomBytes(16),
      bmcGuid: this.#config.guid,
      role: deviations.has('i82571spt') ? role & 0x0f : role,
      username: this.#paddedName(message.username),
      password: Buffer.from(user.password),
    }
  }

  #paddedName(username: Buffer): Buffer {
    const bare = Buffer.from(username)
    return this.#config.deviations.has('intel20') ? Buffer.concat([bare], 16) : bare
  }

  #rakp3(payload: Buffer): LoginAnswer | undefined {
    const message = decodeRakp3(payload)
    if (!message.ok) return undefined
    const session = this.#sessions.find(message.value.bmcSessionId)
    if (!session) return undefined
    if (session.lastHandshake?.request.equals(payload)) {
      return { payloadType: payloadType.rakp4, payload: session.lastHandshake.answer }
    }
    const { tag, status, authCode } = message.value
    if (status !== 0 && !session.isUsed) {
      this.#sessions.close(session.id)
      return undefined
    }
    const { inputs } = session
    if (session.state !== 'challenged' || !inputs) return undefined
    const answer = this.#finish(session, inputs, tag, authCode)
    session.lastHandshake = { request: Buffer.from(payload), answer }
    return { payloadType: payloadType.rakp4, payload: answer }
  }

  #finish(session: BmcSession, inputs: RakpInputs, tag: number, authCode: Buffer): Buffer {
    const { consoleSessionId, suite } = session
    const expected = rakp3Code(suite, this.#rakp3Inputs(inputs))
    if (expected.length !== authCode.length || !timingSafeEqual(expected, authCode)) {
      this.#sessions.close(session.id)
      return encodeRakp4({ tag, status: rakpStatus.invalidCheckValue, consoleSessionId, checkValue: none })
    }
    session.sik = sessionIntegrityKey(suite, inputs, this.#config.kg)
    session.keys = sessionKeys(suite, session.sik)
    session.state = 'active'
    session.privilege = 2
    return encodeRakp4({ tag, status: 0, consoleSessionId, checkValue: this.#checkValue(session, inputs) })
  }

  #checkValue(session: BmcSession, inputs: RakpInputs): Buffer {
    const { deviations } = this.#config
    if (session.suite.id === 0 && deviations.has('integritycheckvalue')) return Buffer.alloc(12, 0x5a)
    const byIntegrity = deviations.has('intelplus') || deviations.has('intel20')
    const value = Buffer.from(rakp4CheckValue(session.suite, inputs, session.sik, byIntegrity))
    if (this.#lie() === 'wrong RAKP 4 value') value[0] = (value[0] ?? 0) ^ 1
    return value
  }

  #rakp3Inputs(inputs: RakpInputs): RakpInputs {
    const { deviations } = this.#config
    if (deviations.has('intel20')) {
      const end = inputs.username.indexOf(0)
      return {
        ...inputs,
        role: inputs.role & 0x0f,
        username: inputs.username.subarray(0, end < 0 ? 16 : end),
      }
    }
    return deviations.has('intelplus') ? { ...inputs, role: inputs.role & 0x0f } : inputs
  }
}
