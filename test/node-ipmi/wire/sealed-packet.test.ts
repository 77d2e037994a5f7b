import { createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { cipherSuite, type CipherSuite } from '../../../server/node-ipmi/src/wire/cipher-suite.ts'
import {
  decryptPayload,
  encryptPayload,
  openPacket,
  sealPacket,
  type SessionKeys,
} from '../../../server/node-ipmi/src/wire/sealed-packet.ts'
import {
  decodeSessionPacket,
  type RmcpPlusPacket,
} from '../../../server/node-ipmi/src/wire/session-packet.ts'

const iv = Buffer.alloc(16, 0x24)
const k1 = Buffer.alloc(20, 0x31)
const k2 = Buffer.alloc(20, 0x32)

function keysOf(id: number): SessionKeys {
  return { suite: cipherSuite(id) as CipherSuite, k1, k2 }
}

function seal(id: number, payload: Buffer, padWithoutTrailer = false): Buffer {
  return sealPacket(keysOf(id), { payloadType: 0, sessionId: 9, sequence: 3, payload, iv, padWithoutTrailer })
}

function parse(bytes: Buffer): RmcpPlusPacket {
  const packet = decodeSessionPacket(bytes)
  if (!packet.ok || packet.value.version !== '2.0') throw new Error('not RMCP+')
  return packet.value
}

test.each([0, 1, 2, 3, 8, 15, 16, 17])('opens what it seals with suite %i, whatever the length', (id) => {
  for (let length = 0; length < 70; length++) {
    const payload = Buffer.alloc(length, 0x55)
    expect(openPacket(keysOf(id), parse(seal(id, payload)))).toEqual({ ok: true, value: payload })
  }
})

test.each([
  { id: 3, hash: 'sha1', length: 12 },
  { id: 17, hash: 'sha256', length: 16 },
])(
  'suite $id ends with 07 and $length bytes of HMAC-$hash, on a multiple of four',
  ({ id, hash, length }) => {
    const bytes = seal(id, Buffer.from('0102030405', 'hex'))
    const signed = bytes.subarray(4, bytes.length - length)
    expect(signed.length % 4).toBe(0)
    expect(signed.at(-1)).toBe(0x07)
    expect(bytes.subarray(-length)).toEqual(createHmac(hash, k1).update(signed).digest().subarray(0, length))
  },
)

test('quirk icts leaves the two trailer bytes out of the pad count', () => {
  const payload = Buffer.alloc(7, 1)
  const [usual, quirky] = [seal(2, payload), seal(2, payload, true)]
  expect(usual.subarray(23, 28)).toEqual(Buffer.from('ffffff0307', 'hex'))
  expect(quirky.subarray(23, 26)).toEqual(Buffer.from('ff0107', 'hex'))
  expect(openPacket(keysOf(2), parse(quirky)).ok).toBe(true)
})

test('refuses a packet with any one bit changed', () => {
  const bytes = seal(17, Buffer.from('chassis status'))
  for (let bit = 4 * 8; bit < bytes.length * 8; bit++) {
    const changed = Buffer.from(bytes)
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    const packet = decodeSessionPacket(changed)
    const isOpened = packet.ok && packet.value.version === '2.0' && openPacket(keysOf(17), packet.value).ok
    expect(isOpened).toBe(false)
  }
})

test('refuses a packet that is less protected than the session', () => {
  expect(openPacket(keysOf(17), parse(seal(0, Buffer.alloc(16)))).ok).toBe(false)
  expect(openPacket(keysOf(3), parse(seal(2, Buffer.alloc(16)))).ok).toBe(false)
})

test('pads with 01 02 03 and refuses another pad', () => {
  const sealed = encryptPayload(k2, iv, Buffer.from('abc'))
  expect(sealed.length).toBe(32)
  expect(decryptPayload(k2, sealed)).toEqual({ ok: true, value: Buffer.from('abc') })
  expect(decryptPayload(Buffer.alloc(20, 9), sealed).ok).toBe(false)
  expect(decryptPayload(k2, sealed.subarray(0, 31)).ok).toBe(false)
  expect(decryptPayload(k2, sealed.subarray(0, 16)).ok).toBe(false)
})
