import type { Peer } from './peer.ts'

/**
 * Headers of every page. The policy allows nothing that the page does not use: own scripts and styles as files, own
 * sockets, pictures as blobs; the one script inside the page by its hash (`inlineScripts`); DOM sinks take only what
 * Vue's own policy made. No HSTS: with the own CA it would lock people out of the name for good when they change the
 * certificate.
 */
export function pageHeaders(peer: Peer, inlineScripts: readonly string[]): Record<string, string> {
  const sockets = peer.origin.replace(/^http/, 'ws')
  const policy = [
    "default-src 'none'",
    ["script-src 'self'", ...inlineScripts].join(' '),
    "style-src 'self'",
    "img-src 'self' blob: data:",
    "font-src 'self'",
    // Older Safari does not count websockets of the same host as 'self'.
    `connect-src 'self' ${sockets}`.trim(),
    "worker-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    'trusted-types vue',
  ].join('; ')
  return {
    ...dataHeaders,
    'content-security-policy': policy,
    // Stricter values make some browsers send `Origin: null` with our own requests.
    'referrer-policy': 'same-origin',
    'cross-origin-opener-policy': 'same-origin',
    'permissions-policy':
      'camera=(), microphone=(), geolocation=(), payment=(), usb=(), serial=(), bluetooth=(), display-capture=()',
  }
}

/** Headers of what is no page (API, scripts, styles): short, since each costs a phone on a bad link its bytes. */
export const dataHeaders: Readonly<Record<string, string>> = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'cross-origin-resource-policy': 'same-origin',
}
