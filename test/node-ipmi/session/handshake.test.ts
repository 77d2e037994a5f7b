import { describe, expect, test } from 'vitest'
import { type QuirkName, quirkSet } from '../../../server/node-ipmi/src/quirks.ts'
import {
  type HandshakeInit,
  type HandshakeResult,
  startHandshake,
  stepHandshake,
} from '../../../server/node-ipmi/src/session/handshake.ts'
import { cipherSuite, type CipherSuite } from '../../../server/node-ipmi/src/wire/cipher-suite.ts'
import { encodeOpenSessionResponse } from '../../../server/node-ipmi/src/wire/open-session.ts'
import { encodeRakp2, encodeRakp4 } from '../../../server/node-ipmi/src/wire/rakp.ts'
import {
  rakp2Code,
  rakp3Code,
  rakp4CheckValue,
  type RakpInputs,
  sessionIntegrityKey,
} from '../../../server/node-ipmi/src/wire/rakp-codes.ts'
import { payloadType } from '../../../server/node-ipmi/src/wire/session-packet.ts'

const suite = cipherSuite(17) as CipherSuite
const none = Buffer.alloc(0)

function init(quirks: QuirkName[] = [], overrides: Partial<HandshakeInit> = {}): HandshakeInit {
  return {
    suite,
    username: Buffer.from('oper'),
    password: Buffer.from('secret'),
    kg: undefined,
    privilege: 3,
    consoleSessionId: 0x0102_0304,
    consoleRandom: Buffer.alloc(16, 0x11),
    tag: 0x40,
    quirks: quirkSet(quirks),
    ...overrides,
  }
}

const inputs: RakpInputs = {
  consoleSessionId: 0x0102_0304,
  bmcSessionId: 77,
  consoleRandom: Buffer.alloc(16, 0x11),
  bmcRandom: Buffer.alloc(16, 0x22),
  bmcGuid: Buffer.alloc(16, 0x33),
  role: 0x13,
  username: Buffer.from('oper'),
  password: Buffer.from('secret'),
}

function openAnswer(
  overrides: { tag?: number; status?: number; integrity?: number; bmcSessionId?: number } = {},
): Buffer {
  const { tag = 0x40, status = 0, integrity = 4, bmcSessionId = 77 } = overrides
  const head = { tag, status, privilege: 4, consoleSessionId: 0x0102_0304 }
  if (status !== 0) return encodeOpenSessionResponse(head)
  return encodeOpenSessionResponse({
    ...head,
    accepted: { bmcSessionId, authentication: 3, integrity, confidentiality: 1 },
  })
}

function rakp2(overrides: { tag?: number; status?: number; authCode?: Buffer } = {}): Buffer {
  const { tag = 0x41, status = 0, authCode = rakp2Code(suite, inputs) } = overrides
  const { bmcRandom, bmcGuid } = inputs
  if (status !== 0)
    return encodeRakp2({
      tag,
      status,
      consoleSessionId: 0x0102_0304,
      bmcRandom: none,
      bmcGuid: none,
      authCode: none,
    })
  return encodeRakp2({ tag, status, consoleSessionId: 0x0102_0304, bmcRandom, bmcGuid, authCode })
}

function rakp4(overrides: { status?: number; checkValue?: Buffer } = {}): Buffer {
  const checkValue = rakp4CheckValue(suite, inputs, sessionIntegrityKey(suite, inputs, undefined))
  return encodeRakp4({ tag: 0x42, status: 0, consoleSessionId: 0x0102_0304, checkValue, ...overrides })
}

/** Feeds answers one after another; gives the last result. */
function play(from: HandshakeInit, ...answers: [number, Buffer][]): HandshakeResult {
  let result = startHandshake(from)
  for (const [type, payload] of answers) result = stepHandshake(result.state, type, payload)
  return result
}

const { openSessionResponse, rakp2: rakp2Type, rakp3, rakp4: rakp4Type } = payloadType
const opened: [number, Buffer] = [openSessionResponse, openAnswer()]

test('goes from Open Session through RAKP to an active session', () => {
  const result = play(init(), opened, [rakp2Type, rakp2()], [rakp4Type, rakp4()])
  expect(result.state).toMatchObject({ name: 'active', bmcSessionId: 77, consoleSessionId: 0x0102_0304 })
})

test('RAKP 1 names role and user, RAKP 3 proves the password', () => {
  const first = play(init(), opened)
  expect(first.send?.payload[24]).toBe(0x13)
  const second = play(init(), opened, [rakp2Type, rakp2()])
  expect(second.send?.payload.subarray(8)).toEqual(rakp3Code(suite, inputs))
})

test('ignores answers with another tag or of another step', () => {
  const start = startHandshake(init())
  expect(stepHandshake(start.state, openSessionResponse, openAnswer({ tag: 1 })).state).toBe(start.state)
  expect(stepHandshake(start.state, rakp2Type, rakp2()).state).toBe(start.state)
  const waiting = play(init(), opened)
  expect(stepHandshake(waiting.state, rakp2Type, rakp2({ tag: 9 })).state).toBe(waiting.state)
  expect(stepHandshake(waiting.state, openSessionResponse, openAnswer()).state).toBe(waiting.state)
})

test('passes over answers that make no sense, and says why; the right ones still count', () => {
  let { state } = startHandshake(init())
  const steps = [
    [openSessionResponse, openAnswer()],
    [rakp2Type, rakp2()],
    [rakp4Type, rakp4()],
  ] as const
  for (const [type, answer] of steps) {
    const cut = stepHandshake(state, type, answer.subarray(0, type === openSessionResponse ? 20 : 7))
    expect(cut.state).toBe(state)
    expect(cut.malformed).toContain('cut short')
    ;({ state } = stepHandshake(state, type, answer))
  }
  expect(state.name).toBe('active')
})

test('refuses other algorithms than asked, and ends the login by a RAKP 3 with an error after RAKP 2', () => {
  const refusing = play(init(), [openSessionResponse, openAnswer({ integrity: 0 })])
  expect(refusing.state.name).toBe('refusing')
  const end = stepHandshake(refusing.state, rakp2Type, rakp2())
  expect(end.state).toMatchObject({ name: 'failed', error: { code: 'ipmi/tampered', step: 'open session' } })
  expect(end.send).toMatchObject({ payloadType: rakp3 })
  expect(end.send?.payload[1]).toBe(0x11)
})

test('a wrong code in RAKP 2 is a wrong password, answered with an error RAKP 3', () => {
  const wrong = rakp2Code(suite, inputs)
  wrong[31] = (wrong[31] ?? 0) ^ 1
  for (const authCode of [wrong, wrong.subarray(0, 20), none]) {
    const end = play(init(), opened, [rakp2Type, rakp2({ authCode })])
    expect(end.state).toMatchObject({ name: 'failed', error: { reason: 'wrong-password', step: 'RAKP 1' } })
    expect(end.send?.payload.subarray(0, 8)).toEqual(Buffer.from([0x42, 0x0f, 0, 0, 77, 0, 0, 0]))
  }
})

test('a wrong value in RAKP 4 is a wrong K_g, answered with an error RAKP 3', () => {
  const end = play(init(), opened, [rakp2Type, rakp2()], [rakp4Type, rakp4({ checkValue: Buffer.alloc(16) })])
  expect(end.state).toMatchObject({ name: 'failed', error: { reason: 'wrong-kg', step: 'RAKP 3' } })
  expect(end.send?.payload[1]).toBe(0x0f)
})

test.each([
  [0x01, 'ipmi/busy'],
  [0x11, 'ipmi/unsupported'],
  [0x09, 'ipmi/refused-credentials'],
])('status %i in Open Session is told apart', (status, code) => {
  expect(play(init(), [openSessionResponse, openAnswer({ status })]).state).toMatchObject({ error: { code } })
})

test.each([
  [0x0d, 'unknown-user'],
  [0x0a, 'privilege'],
  [0x12, 'refused'],
])('status %i in RAKP 2 is told apart', (status, reason) => {
  expect(play(init(), opened, [rakp2Type, rakp2({ status })]).state).toMatchObject({ error: { reason } })
})

test('status 0x0F in RAKP 4 is a wrong password', () => {
  const end = play(init(), opened, [rakp2Type, rakp2()], [rakp4Type, rakp4({ status: 0x0f })])
  expect(end.state).toMatchObject({ error: { reason: 'wrong-password', step: 'RAKP 3' } })
})

test('K_g takes the place of the password in the session key only', () => {
  const kg = Buffer.from('bmc key')
  const checkValue = rakp4CheckValue(suite, inputs, sessionIntegrityKey(suite, inputs, kg))
  const answers: [number, Buffer][] = [opened, [rakp2Type, rakp2()], [rakp4Type, rakp4({ checkValue })]]
  expect(play(init([], { kg }), ...answers).state.name).toBe('active')
  expect(play(init(), ...answers).state.name).toBe('failed')
})

describe('what a quirk changes on the wire', () => {
  const withoutBit = { ...inputs, role: 0x03 }

  test('no quirk asks for the highest privilege in Open Session', () => {
    expect(startHandshake(init()).send?.payload[1]).toBe(0)
  })

  test.each(['intelplus', 'intel20', 'opensesspriv', 'sun20'] as const)(
    '%s asks for the real privilege',
    (quirk) => {
      expect(startHandshake(init([quirk])).send?.payload[1]).toBe(3)
    },
  )

  test('i82571spt pads the name in RAKP 1 and leaves bit 0x10 out of every hash', () => {
    expect(play(init(['i82571spt']), opened).send?.payload).toHaveLength(44)
    expect(play(init(), opened).send?.payload).toHaveLength(32)
    const authCode = rakp2Code(suite, withoutBit)
    const end = play(init(['i82571spt']), opened, [rakp2Type, rakp2({ authCode })])
    expect(end.send?.payload.subarray(8)).toEqual(rakp3Code(suite, withoutBit))
  })

  test('intelplus leaves bit 0x10 out of RAKP 3 and checks RAKP 4 by the integrity algorithm', () => {
    const end = play(init(['intelplus']), opened, [rakp2Type, rakp2()])
    expect(end.send?.payload.subarray(8)).toEqual(rakp3Code(suite, withoutBit))
    const sha1 = cipherSuite(3) as CipherSuite
    const sik = sessionIntegrityKey(sha1, inputs, undefined)
    expect(rakp4CheckValue(sha1, inputs, sik, true)).toHaveLength(12)
  })

  test('intel20 pads the name to 16 bytes in RAKP 1 and in the hash of RAKP 2, not in RAKP 3', () => {
    const padded = { ...inputs, username: Buffer.concat([inputs.username], 16) }
    expect(play(init(['intel20']), opened).send?.payload.readUInt8(27)).toBe(16)
    const end = play(init(['intel20']), opened, [rakp2Type, rakp2({ authCode: rakp2Code(suite, padded) })])
    expect(end.send?.payload.subarray(8)).toEqual(rakp3Code(suite, withoutBit))
  })

  test.each(['supermicro20', 'sun20'] as const)(
    '%s takes a RAKP 2 code that is one byte too long',
    (quirk) => {
      const authCode = Buffer.concat([rakp2Code(suite, inputs), Buffer.of(0)])
      expect(play(init([quirk]), opened, [rakp2Type, rakp2({ authCode })]).state.name).toBe('awaiting RAKP 4')
      expect(play(init(), opened, [rakp2Type, rakp2({ authCode })]).state.name).toBe('failed')
    },
  )

  test('integritycheckvalue ignores the value in RAKP 4, with suite 0 alone', () => {
    const plain = cipherSuite(0) as CipherSuite
    const head = { tag: 0x40, status: 0, privilege: 4, consoleSessionId: 0x0102_0304 }
    const accepted = { bmcSessionId: 77, authentication: 0, integrity: 0, confidentiality: 0 }
    const answers: [number, Buffer][] = [
      [openSessionResponse, encodeOpenSessionResponse({ ...head, accepted })],
      [rakp2Type, rakp2({ authCode: none })],
      [rakp4Type, rakp4({ checkValue: Buffer.alloc(12, 7) })],
    ]
    expect(play(init(['integritycheckvalue'], { suite: plain }), ...answers).state.name).toBe('active')
    expect(play(init([], { suite: plain }), ...answers).state.name).toBe('failed')
    const bad: [number, Buffer] = [rakp4Type, rakp4({ checkValue: Buffer.alloc(16) })]
    expect(play(init(['integritycheckvalue']), opened, [rakp2Type, rakp2()], bad).state.name).toBe('failed')
  })
})
