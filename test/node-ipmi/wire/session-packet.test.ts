import { expect, test } from 'vitest'
import {
  decodeSessionPacket,
  encodeLegacyPacket,
  encodePlainPacket,
} from '../../../server/node-ipmi/src/wire/session-packet.ts'
import { hex } from '../support.ts'

// Get Channel Authentication Capabilities as ipmitool sends it before every login.
const capabilitiesRequest = hex('0600ff07 00 00000000 00000000 09 2018c88100388e04b5')

test('reads the IPMI 1.5 packet that ipmitool begins with', () => {
  const packet = decodeSessionPacket(capabilitiesRequest)
  expect(packet).toMatchObject({ ok: true, value: { version: '1.5', authType: 0, sessionId: 0 } })
  if (packet.ok && packet.value.version === '1.5') {
    expect(encodeLegacyPacket(packet.value.message)).toEqual(capabilitiesRequest)
  }
})

test('reads what it writes outside a session', () => {
  const bytes = encodePlainPacket(0x12, hex('01020304'))
  expect(bytes).toEqual(hex('0600ff07 06 12 00000000 00000000 0400 01020304'))
  expect(decodeSessionPacket(bytes)).toMatchObject({
    ok: true,
    value: {
      version: '2.0',
      payloadType: 0x12,
      encrypted: false,
      authenticated: false,
      sessionId: 0,
      sequence: 0,
    },
  })
})

test('skips the OEM identification of an OEM payload', () => {
  const bytes = hex('0600ff07 06 02 57010000 0001 01020304 05000000 0200 aabb')
  expect(decodeSessionPacket(bytes)).toMatchObject({
    ok: true,
    value: { payloadType: 2, sessionId: 0x0403_0201, sequence: 5, payload: hex('aabb') },
  })
})

test('refuses every truncation', () => {
  for (const whole of [capabilitiesRequest, encodePlainPacket(0x12, hex('01020304'))]) {
    for (let length = 0; length < whole.length; length++) {
      expect(decodeSessionPacket(whole.subarray(0, length)).ok).toBe(false)
    }
  }
})

test('refuses a datagram larger than a frame', () => {
  expect(decodeSessionPacket(Buffer.concat([capabilitiesRequest], 1501)).ok).toBe(false)
})
