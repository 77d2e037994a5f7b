import { isIP } from 'node:net'
import type { NameProblem } from '../contract/access.ts'
import { canonicalHost, isHostName } from './allowed-hosts.ts'

/** Names that only the network at home knows, by mDNS or by its own name server. */
const homeEndings = ['localhost', 'local', 'lan', 'internal', 'home.arpa']

export type OutsideName = { name: string } | { problem: NameProblem; instead: string | null }

/**
 * Reads the name under which Crashcart is reached from outside, as a person types or pastes it: `crash.example.org`, or
 * the whole address `https://crash.example.org/`. Otherwise says what is wrong with it, and what may have been meant.
 */
export function readOutsideName(text: string): OutsideName {
  const [, scheme = 'https', rest = ''] = /^(?:([a-z][a-z0-9+.-]*):\/\/)?(.*)$/i.exec(text.trim()) ?? []
  const [authority = ''] = rest.split(/[/?#]/)
  const address = authority.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1')
  if (isIP(authority) !== 0 || isIP(address) !== 0) return wrong('address')
  const [, host = '', port = ''] = /^(.*?)(?::(\d*))?$/.exec(authority) ?? []
  if (host === '') return wrong('empty')
  if (host.includes('*')) return wrong('wildcard')
  // oxlint-disable-next-line no-control-regex
  if (/[^\u0000-\u007f]/.test(host)) return wrong('notAscii', asciiOf(host))
  const name = canonicalHost(host)
  const problem = problemOf(name)
  if (problem !== null) return wrong(problem)
  if (scheme.toLowerCase() !== 'https') return wrong('scheme', name)
  if (!['', '443'].includes(port)) return wrong('port', name)
  if (!['', '/'].includes(rest.slice(authority.length))) return wrong('path', name)
  return { name }
}

/** True for a name that can lead here from another network. */
export function isOutsideName(name: string): boolean {
  return 'name' in readOutsideName(name)
}

function problemOf(name: string): NameProblem | null {
  const labels = name.split('.')
  if (!isHostName(name) || !labels.every((label) => /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/.test(label)))
    return 'characters'
  // Browsers take what ends in a number for an IPv4 address.
  if (/^(?:\d+|0x[0-9a-f]*)$/.test(labels.at(-1) ?? '')) return 'address'
  if (homeEndings.some((ending) => name === ending || name.endsWith(`.${ending}`))) return 'homeOnly'
  return labels.length === 1 ? 'oneWord' : null
}

function asciiOf(host: string): string | null {
  const url = URL.parse(`https://${host}`)
  return url !== null && problemOf(url.hostname) === null ? url.hostname : null
}

function wrong(problem: NameProblem, instead: string | null = null): OutsideName {
  return { problem, instead }
}
