import { isIP } from 'node:net'
import { canonicalHost, isHostName } from '../access/allowed-hosts.ts'

/** The `host[:port]` of a request. `name` is canonical, without brackets; `text` is how an Origin writes it. */
export type Authority = { name: string; port: number; text: string }

/** Reads a Host header for a scheme; null when it is not just a host with an optional port. */
export function parseAuthority(text: string | undefined, isSecure: boolean): Authority | null {
  const match = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(?::(\d{1,5}))?$/.exec(text ?? '')
  if (match?.[1] === undefined) return null
  const name = canonicalHost(match[1])
  const standardPort = isSecure ? 443 : 80
  const port = match[2] === undefined ? standardPort : Number(match[2])
  if (!isHostName(name) || port > 65535) return null
  const host = isIP(name) === 6 ? `[${name}]` : name
  return { name, port, text: port === standardPort ? host : `${host}:${port}` }
}
