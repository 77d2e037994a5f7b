import { describe, expect, test } from 'vitest'
import { judgeOutput, judgeReply, powerRequest } from '../../../server/drivers/pikvm/power-request.ts'

const json = (value: unknown) => Buffer.from(JSON.stringify(value))
const ok = json({ ok: true, result: {} })
const refusal = json({ ok: false, result: { error: 'AnyError', error_msg: 'text' } })
const html = Buffer.from('<html>502 Bad Gateway</html>')

describe('power request', () => {
  test('ATX buttons are clicked, which does not depend on the LED', () => {
    const paths = (['power', 'powerLong', 'reset'] as const).map(
      (button) => powerRequest({ target: 'atx', button })?.path,
    )
    expect(paths).toEqual([
      '/api/atx/click?button=power',
      '/api/atx/click?button=power_long',
      '/api/atx/click?button=reset',
    ])
  })

  test('GPIO channels are switched and pulsed; a pulse is in seconds', () => {
    const target = 'gpio:relay1' as const
    expect(powerRequest({ target, operation: 'switchOn' })?.path).toBe(
      '/api/gpio/switch?channel=relay1&state=1',
    )
    expect(powerRequest({ target, operation: 'switchOff' })?.path).toBe(
      '/api/gpio/switch?channel=relay1&state=0',
    )
    expect(powerRequest({ target, operation: 'pulse' })?.path).toBe('/api/gpio/pulse?channel=relay1')
    expect(powerRequest({ target, operation: 'pulse', pulseMs: 500 })?.path).toBe(
      '/api/gpio/pulse?channel=relay1&delay=0.5',
    )
  })

  test('a channel cannot smuggle parameters', () => {
    expect(powerRequest({ target: 'gpio:a&wait=1', operation: 'switchOn' })?.path).toBe(
      '/api/gpio/switch?channel=a%26wait%3D1&state=1',
    )
  })

  test.each([0, -1, Number.NaN, 60_000])('a pulse of %s ms is refused', (pulseMs) => {
    expect(powerRequest({ target: 'gpio:a', operation: 'pulse', pulseMs })).toBeNull()
  })
})

describe('worth of an answer to a press', () => {
  test.each([
    ['200 and ok', 200, ok, 'acknowledged', 'accepted'],
    ['busy', 409, refusal, 'notSent', 'device/busy'],
    ['switched off', 400, refusal, 'notSent', 'device/unsupported'],
    ['not authenticated', 401, refusal, 'notSent', 'device/refusedCredentials'],
    ['forbidden', 403, refusal, 'notSent', 'device/refusedCredentials'],
    ['no such route', 404, Buffer.from('404: Not Found'), 'notSent', 'device/unsupported'],
    ['a redirect', 308, Buffer.alloc(0), 'notSent', 'device/protocol'],
    ["the daemon's own 503", 503, refusal, 'notSent', 'device/unreachable'],
    ["the web server's 503", 503, html, 'unknown', 'device/unreachable'],
    ['502', 502, html, 'unknown', 'device/unreachable'],
    ['504', 504, html, 'unknown', 'device/unreachable'],
    ['500', 500, refusal, 'unknown', 'device/unreachable'],
    ['200 that is not the daemon', 200, html, 'unknown', 'device/protocol'],
    ['200 and not ok', 200, refusal, 'unknown', 'device/protocol'],
    ['a status that does not exist', 799, ok, 'unknown', 'device/unreachable'],
  ])('%s', (_name, status, body, outcome, reason) => {
    expect(judgeReply(status, body)).toEqual({ outcome, reason })
  })
})

describe('read-back of an output', () => {
  const gpio = (output: object) => ({ state: { outputs: { relay1: output } } })
  const wanted = { channel: 'relay1', wantedState: true }

  test('waits while the channel is busy: it reads false then whatever it is', () => {
    expect(judgeOutput(gpio({ online: true, state: false, busy: true }), wanted)).toBeNull()
  })

  test.each([
    [{ online: true, state: true, busy: false }, 'acknowledged', 'readBack'],
    [{ online: true, state: false, busy: false }, 'unknown', 'outputDiffers'],
    [{ online: false, state: false, busy: false }, 'unknown', 'outputOffline'],
    [{}, 'unknown', 'outputOffline'],
  ])('%o', (output, outcome, reason) => {
    expect(judgeOutput(gpio(output), wanted)).toEqual({ outcome, reason })
  })
})
