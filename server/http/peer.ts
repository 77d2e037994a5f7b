import type { IncomingMessage } from 'node:http'
import { BlockList, isIP } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { parseAuthority } from './authority.ts'
import type { Authority } from './authority.ts'

/** Who speaks to us and under which name, after what a trusted proxy said about it. */
export type Peer = {
  /** Null when the Host is not a host. */
  authority: Authority | null
  /** `https://host[:port]` as a browser writes it in Origin; empty when the Host is not a host. */
  origin: string
  isSecure: boolean
  /** For people to read and for the session list; never used to decide anything. */
  address: string
}

/** Decides whether a socket's other end is a listed proxy. */
export type ProxyList = { trusts(remoteAddress: string | undefined): boolean }

/** `unix` in the list trusts the Unix socket, which only its directory's users can reach. */
export function createProxyList(entries: readonly string[]): ProxyList {
  const block = new BlockList()
  for (const entry of entries) {
    const [address = '', bits] = entry.split('/')
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    if (isIP(address) === 0) continue
    if (bits === undefined) block.addAddress(address, family)
    else block.addSubnet(address, Number(bits), family)
  }
  return {
    trusts(remoteAddress) {
      if (remoteAddress === undefined) return entries.includes('unix')
      const address = remoteAddress.replace(/^::ffff:(?=\d+\.)/, '')
      const family = isIP(address)
      return family !== 0 && block.check(address, family === 6 ? 'ipv6' : 'ipv4')
    },
  }
}

/** Reads a request's peer. `X-Forwarded-*` counts only from a listed proxy, and there its last entry. */
export function describePeer(request: IncomingMessage, proxies: ProxyList): Peer {
  const isEncrypted = (request.socket as TLSSocket).encrypted === true
  const remote = request.socket.remoteAddress
  const isProxied = proxies.trusts(remote)
  const forwardedProto = isProxied ? lastEntry(request.headers['x-forwarded-proto']) : undefined
  const forwardedHost = isProxied ? lastEntry(request.headers['x-forwarded-host']) : undefined
  const isSecure = forwardedProto === undefined ? isEncrypted : forwardedProto === 'https'
  const authority = parseAuthority(forwardedHost ?? request.headers.host, isSecure)
  const origin = authority === null ? '' : `${isSecure ? 'https' : 'http'}://${authority.text}`
  const forwardedFor = isProxied ? lastEntry(request.headers['x-forwarded-for']) : undefined
  return { authority, origin, isSecure, address: forwardedFor ?? remote ?? 'local socket' }
}

function lastEntry(header: string | string[] | undefined): string | undefined {
  const text = Array.isArray(header) ? header.at(-1) : header
  return text?.split(',').at(-1)?.trim() || undefined
}
