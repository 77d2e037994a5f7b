import { expect, test } from 'vitest'
import {
  decodeLanRequest,
  decodeLanResponse,
  encodeLanRequest,
  encodeLanResponse,
} from '../../../server/node-ipmi/src/wire/lan-message.ts'
import { hex } from '../support.ts'

const answer = { netFn: 0, command: 1, rqSeq: 5, completionCode: 0, data: hex('210070') }

test('writes Get Channel Authentication Capabilities byte for byte as ipmitool does', () => {
  const bytes = encodeLanRequest({ netFn: 6, command: 0x38, rqSeq: 0, data: hex('8e04') })
  expect(bytes).toEqual(hex('2018c88100388e04b5'))
  expect(decodeLanRequest(bytes)).toMatchObject({ ok: true, value: { netFn: 6, command: 0x38, rqSeq: 0 } })
})

test('reads an answer with its completion code', () => {
  const bytes = encodeLanResponse(answer)
  expect(decodeLanResponse(bytes)).toEqual({ ok: true, value: { ...answer, netFn: 1 } })
})

test('refuses truncated answers, requests, and other addresses', () => {
  const bytes = encodeLanResponse(answer)
  for (let length = 0; length < bytes.length; length++) {
    expect(decodeLanResponse(bytes.subarray(0, length)).ok).toBe(false)
  }
  expect(decodeLanResponse(encodeLanRequest({ netFn: 0, command: 1, rqSeq: 5, data: hex('00') })).ok).toBe(
    false,
  )
})

test('quirk nochecksumcheck reads an answer whose sum is wrong, otherwise it is refused', () => {
  const bytes = encodeLanResponse(answer)
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 0xff
  expect(decodeLanResponse(bytes).ok).toBe(false)
  expect(decodeLanResponse(bytes, false)).toMatchObject({ ok: true, value: { rqSeq: 5 } })
})
