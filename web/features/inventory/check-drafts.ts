import type { Check, WebCheck } from '../../../server/contract/inventory.ts'

type Kind = Check['kind']
const usual = {
  banner: { port: 22, label: 'SSH' },
  nfs: { port: 2049, label: 'NFS' },
  https: { port: 443, label: 'HTTPS' },
  http: { port: 80, label: 'HTTP' },
  tcp: { port: 443, label: 'TCP' },
} as const satisfies Record<Kind, { port: number; label: string }>

export const checkKinds = Object.keys(usual) as Kind[]

/** A new check, as it usually is, of the machine at this address. */
export function newCheck(address: string): Check {
  return { kind: 'banner', address, ...usual.banner }
}

/** The same check with another kind, which brings its usual port and name unless they were typed. */
export function withKind(check: Check, kind: Kind): Check {
  const { address, port, label } = check
  const isUntouched = Object.values(usual).some((one) => one.port === port && one.label === label)
  const common = { address, ...(isUntouched ? usual[kind] : { port, label }) }
  if (kind !== 'http' && kind !== 'https') return { kind, ...common }
  return isWebCheck(check)
    ? { ...check, ...common, kind }
    : { kind, ...common, path: '/', status: 200, expect: { kind: 'any' } }
}

/** Does it ask a web server? */
export function isWebCheck(check: Check): check is WebCheck {
  return check.kind === 'http' || check.kind === 'https'
}

/** What the answer must be like, empty, of this kind. */
export function newExpect(kind: WebCheck['expect']['kind']): WebCheck['expect'] {
  if (kind === 'text') return { kind, text: '' }
  return kind === 'json' ? { kind, field: '', value: '' } : { kind }
}
