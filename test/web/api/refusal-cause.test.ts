import { describe, expect, it } from 'vitest'
import { appleDevice, refusalCause } from '../../../web/api/refusal-cause.ts'

const iPhone = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15'
const mac = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15'
const android = 'Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36'

describe('why websockets are refused', () => {
  it.each([
    [iPhone, 5, 'iPhone'],
    [mac, 5, 'iPad'],
    [mac, 0, null],
    [android, 5, null],
  ])('knows an Apple phone: %s, %i touch points', (userAgent, maxTouchPoints, device) => {
    expect(appleDevice({ userAgent, maxTouchPoints })).toBe(device)
  })

  it.each([
    ['192.168.1.5', 'certificate'],
    ['[fd00::5]', 'certificate'],
    ['rack.local', 'certificate'],
    ['rack', 'certificate'],
    ['rack.home.arpa', 'certificate'],
    ['rack.example.net', 'either'],
  ])('on an iPhone at %s: %s', (hostname, cause) => {
    expect(refusalCause('iPhone', hostname)).toBe(cause)
  })

  it('is a proxy everywhere else', () => {
    expect(refusalCause(null, '192.168.1.5')).toBe('proxy')
  })
})
