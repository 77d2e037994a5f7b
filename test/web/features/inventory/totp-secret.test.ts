import { describe, expect, it } from 'vitest'
import { isTotpSecret } from '../../../../web/features/inventory/totp-secret.ts'

describe('a TOTP secret', () => {
  it.each(['JBSWY3DPEHPK3PXP', 'jbsw y3dp ehpk 3pxp', 'JBSW-Y3DP-EHPK-3PXP====', 'A'.repeat(52)])(
    'is recognised: %s',
    (text) => expect(isTotpSecret(text)).toBe(true),
  )
  it.each([
    '',
    '123456',
    '234567',
    'not base32 !!',
    'otpauth://totp/x?secret=JBSWY3DPEHPK3PXP',
    'JBSWY3DPEHPK3PX0',
  ])('is not: %s', (text) => expect(isTotpSecret(text)).toBe(false))
})
