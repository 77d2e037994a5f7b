import { expect, test } from 'vitest'
import {
  decodePresencePing,
  decodePresencePong,
  decodeRmcp,
  encodePresencePing,
  encodePresencePong,
} from '../../../server/node-ipmi/src/wire/rmcp.ts'
import { hex } from '../support.ts'

// Bytes of the ping in DMTF DSP0136 §3.2.4.2.
const ping = hex('0600ff06 000011be 80 07 00 00')
// A pong as ipmi_sim sends it.
const pong = hex('0600ff06 000011be 40 07 00 10 000011be 00000000 81 00 000000000000')

test('writes the presence ping of the specification', () => {
  expect(encodePresencePing(7)).toEqual(ping)
  expect(decodePresencePing(ping)).toEqual({ ok: true, value: { tag: 7 } })
})

test('reads tag and IPMI support from a pong', () => {
  expect(decodePresencePong(pong)).toEqual({
    ok: true,
    value: { tag: 7, enterprise: 0x11be, supportsIpmi: true, supportsSecurityExtensions: false },
  })
  expect(encodePresencePong(7)).toEqual(pong)
})

test('refuses every truncation of a pong', () => {
  for (let length = 0; length < pong.length; length++) {
    expect(decodePresencePong(pong.subarray(0, length)).ok).toBe(false)
  }
})

test('refuses other RMCP versions, enterprises and message types', () => {
  for (const at of [0, 3, 7, 8]) {
    const changed = Buffer.from(pong)
    changed[at] = (changed[at] ?? 0) ^ 0x11
    expect(decodePresencePong(changed).ok).toBe(false)
  }
})

test('marks an RMCP acknowledgement, which carries no message', () => {
  expect(decodeRmcp(hex('06000086'))).toMatchObject({ ok: true, value: { class: 6, isAck: true } })
})
