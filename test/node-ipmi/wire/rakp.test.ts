import { createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { cipherSuite, type CipherSuite } from '../../../server/node-ipmi/src/wire/cipher-suite.ts'
import {
  decodeOpenSessionResponse,
  encodeOpenSessionRequest,
  encodeOpenSessionResponse,
} from '../../../server/node-ipmi/src/wire/open-session.ts'
import {
  decodeRakp1,
  decodeRakp2,
  decodeRakp4,
  encodeRakp1,
  encodeRakp2,
  encodeRakp3,
  encodeRakp4,
} from '../../../server/node-ipmi/src/wire/rakp.ts'
import {
  rakp2Code,
  rakp3Code,
  rakp4CheckValue,
  type RakpInputs,
  sessionIntegrityKey,
  sessionKeys,
} from '../../../server/node-ipmi/src/wire/rakp-codes.ts'
import { hex } from '../support.ts'

const suite3 = cipherSuite(3) as CipherSuite
const suite17 = cipherSuite(17) as CipherSuite
const inputs: RakpInputs = {
  consoleSessionId: 0x0102_0304,
  bmcSessionId: 0x0a0b_0c0d,
  consoleRandom: Buffer.alloc(16, 0x11),
  bmcRandom: Buffer.alloc(16, 0x22),
  bmcGuid: Buffer.alloc(16, 0x33),
  role: 0x14,
  username: Buffer.from('admin'),
  password: Buffer.from('secret'),
}

function hmac(hash: string, key: Buffer, text: string): Buffer {
  return createHmac(hash, key).update(hex(text)).digest()
}

const roleAndName = '14 05 61646d696e'
const consoleRandom = '11'.repeat(16)
const bmcRandom = '22'.repeat(16)
const guid = '33'.repeat(16)

test('an Open Session Request names one algorithm of each kind', () => {
  expect(encodeOpenSessionRequest(0x42, 0, 0x0102_0304, suite17)).toEqual(
    hex('42000000 04030201 0000000803000000 0100000804000000 0200000801000000'),
  )
})

test('an Open Session Response gives the BMC session and the algorithms, or only a status', () => {
  const accepted = { bmcSessionId: 7, authentication: 1, integrity: 1, confidentiality: 1 }
  const whole = { tag: 1, status: 0, privilege: 4, consoleSessionId: 9, accepted }
  const bytes = encodeOpenSessionResponse(whole)
  expect(decodeOpenSessionResponse(bytes)).toEqual({ ok: true, value: whole })
  expect(decodeOpenSessionResponse(hex('0111'))).toMatchObject({ ok: true, value: { status: 0x11 } })
  for (let length = 2; length < bytes.length; length++) {
    expect(decodeOpenSessionResponse(bytes.subarray(0, length)).ok).toBe(false)
  }
})

test('RAKP 1 carries random, role and name, padded to 16 only under the quirk', () => {
  const message = {
    tag: 1,
    bmcSessionId: 7,
    consoleRandom: inputs.consoleRandom,
    role: 0x14,
    username: inputs.username,
  }
  const bytes = encodeRakp1(message)
  expect(bytes).toEqual(hex(`01000000 07000000 ${consoleRandom} 14 0000 05 61646d696e`))
  expect(encodeRakp1(message, 16)).toEqual(Buffer.concat([bytes], 44))
  expect(decodeRakp1(encodeRakp1(message, 16))).toEqual({ ok: true, value: message })
  expect(decodeRakp1(bytes.subarray(0, 32)).ok).toBe(false)
})

test('RAKP 2, 3 and 4 survive the round trip, an error status is short', () => {
  const rakp2 = {
    tag: 2,
    status: 0,
    consoleSessionId: 9,
    bmcRandom: inputs.bmcRandom,
    bmcGuid: inputs.bmcGuid,
    authCode: Buffer.alloc(20, 4),
  }
  expect(decodeRakp2(encodeRakp2(rakp2))).toEqual({ ok: true, value: rakp2 })
  expect(decodeRakp2(hex('02 0d 0000 09000000'))).toMatchObject({ ok: true, value: { status: 0x0d } })
  expect(decodeRakp2(encodeRakp2(rakp2).subarray(0, 39)).ok).toBe(false)
  const rakp4 = { tag: 3, status: 0, consoleSessionId: 9, checkValue: Buffer.alloc(12, 5) }
  expect(decodeRakp4(encodeRakp4(rakp4))).toEqual({ ok: true, value: rakp4 })
  expect(decodeRakp4(hex('030000')).ok).toBe(false)
  expect(encodeRakp3({ tag: 3, status: 0x0f, bmcSessionId: 7, authCode: Buffer.alloc(0) })).toEqual(
    hex('03 0f 0000 07000000'),
  )
})

test.each([
  { name: 'SHA-1', hash: 'sha1', suite: suite3, cut: 12 },
  { name: 'SHA-256', hash: 'sha256', suite: suite17, cut: 16 },
])('codes and keys follow the formulas of the specification with $name', ({ hash, suite, cut }) => {
  const { password } = inputs
  const all = `04030201 0d0c0b0a ${consoleRandom} ${bmcRandom} ${guid} ${roleAndName}`
  expect(rakp2Code(suite, inputs)).toEqual(hmac(hash, password, all))
  expect(rakp3Code(suite, inputs)).toEqual(hmac(hash, password, `${bmcRandom} 04030201 ${roleAndName}`))
  const sik = hmac(hash, password, `${consoleRandom} ${bmcRandom} ${roleAndName}`)
  expect(sessionIntegrityKey(suite, inputs, undefined)).toEqual(sik)
  const kg = Buffer.from('bmc key')
  expect(sessionIntegrityKey(suite, inputs, kg)).toEqual(
    hmac(hash, kg, `${consoleRandom} ${bmcRandom} ${roleAndName}`),
  )
  const check = hmac(hash, sik, `${consoleRandom} 0d0c0b0a ${guid}`).subarray(0, cut)
  expect(rakp4CheckValue(suite, inputs, sik)).toEqual(check)
  expect(sessionKeys(suite, sik).k1).toEqual(hmac(hash, sik, '01'.repeat(20)))
  expect(sessionKeys(suite, sik).k2).toEqual(hmac(hash, sik, '02'.repeat(20)))
})
