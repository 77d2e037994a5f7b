import type { Check, WebCheck } from '../contract/inventory.ts'

/** Checks have no id of their own: what is asked is what they are. */
export function checkIdOf(check: Check): string {
  const port = `${check.kind}:${check.address}:${check.port}`
  if (!isWebCheck(check)) return port
  const { path, status, expect } = check
  return `${port}${path} ${[status, ...Object.values(expect)].join(' ')}`
}

/** Does it ask a web server? */
export function isWebCheck(check: Check): check is WebCheck {
  return check.kind === 'http' || check.kind === 'https'
}
