import { IpmiOptionError } from '../errors.ts'
import { type QuirkName, type Quirks, quirkSet } from '../quirks.ts'
import type { Privilege } from '../session/privilege.ts'
import {
  type CipherSuite,
  cipherSuite,
  defaultCipherSuites,
  isWeakCipherSuite,
} from '../wire/cipher-suite.ts'
import { rmcpPort } from '../wire/rmcp.ts'
import { type Clock, systemClock } from './clock.ts'
import type { SessionJournal } from './session-journal.ts'
import { type OpenLink, openUdpLink } from './udp-link.ts'

export interface IpmiClientOptions {
  /** Name, IPv4 or IPv6 address of the BMC. */
  host: string
  /** UDP port, default 623. */
  port?: number
  /** At most 16 bytes; empty for the null user. */
  username: string
  /** At most 20 bytes; a longer one is refused, never cut. */
  password: string
  /** K_g, the BMC key, at most 20 bytes, where two-key login is set up. */
  kg?: Uint8Array | string
  /** Tried in this order. Default 17, 3. Any other is an explicit decision for weaker protection. */
  cipherSuites?: readonly number[]
  /** Highest privilege the session may be raised to. Default `operator`. It starts at `user` and is raised only to act. */
  maxPrivilege?: Privilege
  quirks?: readonly QuirkName[]
  /** Wait before a datagram is repeated. Default 500. */
  retransmitMs?: number
  /**
   * Wait before the datagram of a power action is repeated. Default 3000: long enough for slow firmware, since some
   * carries a repeated action out again (quirk `nopowerretransmit` never repeats it).
   */
  powerRetransmitMs?: number
  /** Until one command has failed, session set-up not included. Default 5000. */
  commandTimeoutMs?: number
  /** Until opening a session has failed. Default 8000. */
  connectTimeoutMs?: number
  /** A session without traffic for so long gets a harmless command. Default 25 000; 0 turns it off. */
  keepAliveMs?: number
  /** Remembers sessions over a crash, so that they can be closed afterwards. */
  journal?: SessionJournal
  clock?: Clock
  openLink?: OpenLink
}

/** Options checked and completed. */
export interface ClientConfig {
  host: string
  port: number
  username: Buffer
  password: Buffer
  kg: Buffer | undefined
  suites: readonly CipherSuite[]
  maxPrivilege: Privilege
  quirks: Quirks
  retransmitMs: number
  powerRetransmitMs: number
  commandTimeoutMs: number
  connectTimeoutMs: number
  keepAliveMs: number
  journal: SessionJournal | undefined
  clock: Clock
  openLink: OpenLink
}

/** Checks options. @throws IpmiOptionError naming the option that cannot work */
export function readOptions(options: IpmiClientOptions): ClientConfig {
  const { host, port = rmcpPort } = options
  if (host.length === 0) throw new IpmiOptionError('host', 'is empty')
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new IpmiOptionError('port', 'is not 1 to 65535')
  return {
    host,
    port,
    username: bounded('username', options.username, 16),
    password: bounded('password', options.password, 20),
    kg: options.kg === undefined ? undefined : bounded('kg', options.kg, 20),
    suites: readSuites(options.cipherSuites ?? defaultCipherSuites),
    maxPrivilege: options.maxPrivilege ?? 'operator',
    quirks: quirkSet(options.quirks ?? []),
    retransmitMs: options.retransmitMs ?? 500,
    powerRetransmitMs: options.powerRetransmitMs ?? 3000,
    commandTimeoutMs: options.commandTimeoutMs ?? 5000,
    connectTimeoutMs: options.connectTimeoutMs ?? 8000,
    keepAliveMs: options.keepAliveMs ?? 25_000,
    journal: options.journal,
    clock: options.clock ?? systemClock,
    openLink: options.openLink ?? openUdpLink,
  }
}

/** What is doubtful about options that do work, in words for the person who entered them. */
export function optionWarnings(options: IpmiClientOptions): string[] {
  const warnings: string[] = []
  if (Buffer.byteLength(options.password) > 16) {
    warnings.push(
      'The password is longer than 16 bytes; some BMCs keep only 16 and then accept less than you typed.',
    )
  }
  if (options.password.length === 0) warnings.push('The password is empty.')
  if (options.cipherSuites?.includes(0)) {
    warnings.push('Cipher suite 0 checks no password at all: anyone on the network can control this machine.')
  }
  const weak = (options.cipherSuites ?? []).filter((id) => id !== 0 && isWeakCipherSuite(id))
  if (weak.length > 0) {
    warnings.push(`Cipher suite ${weak.join(', ')} leaves traffic unencrypted, unsigned, or rests on MD5.`)
  }
  return warnings
}

function bounded(option: string, value: string | Uint8Array, limit: number): Buffer {
  const bytes = Buffer.from(value as string)
  if (bytes.length > limit)
    throw new IpmiOptionError(option, `has ${bytes.length} bytes; a BMC takes at most ${limit}`)
  if (bytes.includes(0) && option !== 'kg') throw new IpmiOptionError(option, 'contains a NUL character')
  return bytes
}

function readSuites(ids: readonly number[]): CipherSuite[] {
  if (ids.length === 0) throw new IpmiOptionError('cipherSuites', 'is empty')
  return ids.map((id) => {
    const suite = cipherSuite(id)
    if (!suite)
      throw new IpmiOptionError('cipherSuites', `suite ${id} is not supported (RC4 and plain MD5 never are)`)
    return suite
  })
}
