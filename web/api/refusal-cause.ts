/**
 * Why websockets may be refused where https works. `certificate`: iOS takes a certificate that was clicked through for
 * https and refuses it for websockets. `either`: that, or a proxy; under a public name nobody can tell. `proxy`: only
 * something on the way can be it.
 */
export type RefusalCause = 'certificate' | 'either' | 'proxy'

/** Names that no public authority gives certificates for, and addresses. */
const privateName = /^(?:[\d.]+|\[.*\]|[^.]+|.*\.(?:local|lan|internal|home\.arpa|localhost))$/i

/** The Apple device that this is, as people call it; null for everything else. iPads call themselves Macs. */
export function appleDevice({ userAgent, maxTouchPoints }: Pick<Navigator, 'userAgent' | 'maxTouchPoints'>) {
  if (userAgent.includes('iPhone')) return 'iPhone'
  return /iPad/.test(userAgent) || (userAgent.includes('Macintosh') && maxTouchPoints > 1) ? 'iPad' : null
}

/** The likely cause on a device of Apple (or not) that opened the page as `hostname`. */
export function refusalCause(device: string | null, hostname: string): RefusalCause {
  if (device === null) return 'proxy'
  return privateName.test(hostname) ? 'certificate' : 'either'
}
