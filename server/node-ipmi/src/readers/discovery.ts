import { randomInt } from 'node:crypto'
import {
  type ChannelCapabilities,
  getChannelCapabilities,
  getChannelCipherSuites,
  parseCipherSuiteRecords,
} from '../commands/channel.ts'
import { IpmiClient } from '../client/client.ts'
import { type Clock, systemClock } from '../client/clock.ts'
import { plainRequest } from '../client/plain-request.ts'
import { type DatagramLink, type OpenLink, openUdpLink, resolveHost } from '../client/udp-link.ts'
import {
  IpmiCommandError,
  IpmiRefusedError,
  IpmiTamperedError,
  IpmiTimeoutError,
  IpmiUnsupportedError,
} from '../errors.ts'
import { type QuirkName, quirkSet } from '../quirks.ts'
import { decodePresencePong, encodePresencePing, type PresencePong, rmcpPort } from '../wire/rmcp.ts'
import { deferred } from '../client/deferred.ts'

export interface DiscoveryOptions {
  host: string
  port?: number
  /** Those of this BMC, as for the client. */
  quirks?: readonly QuirkName[]
  timeoutMs?: number
  retransmitMs?: number
  signal?: AbortSignal
  clock?: Clock
  openLink?: OpenLink
}

/** What a BMC tells anybody without a password. */
export interface Discovery {
  capabilities: ChannelCapabilities
  /** Numbers of the cipher suites it lists; undefined when it does not tell. */
  cipherSuites: number[] | undefined
}

const mostSuitePieces = 64

/**
 * ASF presence ping.
 * @throws IpmiTimeoutError when nothing answers
 */
export async function ping(options: DiscoveryOptions): Promise<PresencePong> {
  return withLink(options, async (link, clock) => {
    const { timeoutMs = 3000, retransmitMs = 500, signal } = options
    const tag = randomInt(0, 255)
    const { promise, resolve, reject } = deferred<PresencePong>()
    using _subscription = link.onDatagram((bytes) => {
      const pong = decodePresencePong(bytes)
      if (pong.ok && pong.value.tag === tag) resolve(pong.value)
    })
    const startedMs = clock.nowMs()
    let attempts = 0
    let cancel = (): void => undefined
    const attempt = (): void => {
      const elapsedMs = Math.round(clock.nowMs() - startedMs)
      if (elapsedMs >= timeoutMs) {
        return reject(
          new IpmiTimeoutError('presence ping', attempts, elapsedMs, 'Nothing answers RMCP there.'),
        )
      }
      attempts += 1
      link.send(encodePresencePing(tag))
      cancel = clock.after(Math.min(retransmitMs, timeoutMs - elapsedMs), attempt)
    }
    const onAbort = (): void => reject(signal?.reason)
    signal?.throwIfAborted()
    signal?.addEventListener('abort', onAbort, { once: true })
    attempt()
    try {
      return await promise
    } finally {
      cancel()
      signal?.removeEventListener('abort', onAbort)
    }
  })
}

/**
 * Asks a BMC for its capabilities and cipher suites, without logging in.
 * @throws IpmiTimeoutError when nothing answers
 */
export async function discover(options: DiscoveryOptions): Promise<Discovery> {
  return withLink(options, async (link, clock) => {
    const { timeoutMs = 3000, retransmitMs = 500, signal } = options
    const timing = { retransmitMs, deadlineMs: timeoutMs, quirks: quirkSet(options.quirks ?? []) }
    const step = 'channel authentication capabilities'
    const capabilities = await plainRequest(link, clock, getChannelCapabilities(4), step, timing, signal)
    const records: Buffer[] = []
    try {
      for (let index = 0; index < mostSuitePieces; index++) {
        const piece = await plainRequest(link, clock, getChannelCipherSuites(index), step, timing, signal)
        records.push(piece)
        if (piece.length < 16) break
      }
    } catch (error) {
      // Old BMCs do not list their suites before login.
      if (!(error instanceof IpmiCommandError || error instanceof IpmiTimeoutError)) throw error
      return { capabilities, cipherSuites: undefined }
    }
    return { capabilities, cipherSuites: parseCipherSuiteRecords(Buffer.concat(records)) }
  })
}

/**
 * Tries cipher suite 0, which checks no password, once: true when the BMC lets a session in by it, false when it refuses
 * the suite or the user.
 * @throws IpmiError when that remains unknown: nobody answers, no free session, an answer that makes no sense
 */
export async function acceptsCipherZero(options: DiscoveryOptions & { username: string }): Promise<boolean> {
  const client = new IpmiClient({
    host: options.host,
    ...(options.port === undefined ? {} : { port: options.port }),
    username: options.username,
    password: '',
    cipherSuites: [0],
    maxPrivilege: 'user',
    quirks: [...(options.quirks ?? []), 'integritycheckvalue'],
    connectTimeoutMs: options.timeoutMs ?? 3000,
    keepAliveMs: 0,
    ...(options.openLink ? { openLink: options.openLink } : {}),
  })
  try {
    await client.connect(options.signal ? { signal: options.signal } : {})
    return true
  } catch (error) {
    if (!isRefusal(error)) throw error
    return false
  } finally {
    await client.close()
  }
}

/** Did the BMC itself refuse the suite or the user? Not: it had no free session, or we did not like its answer. */
function isRefusal(error: unknown): boolean {
  if (error instanceof IpmiUnsupportedError || error instanceof IpmiTamperedError)
    return error.step === 'open session'
  if (!(error instanceof IpmiRefusedError)) return false
  return error.reason !== 'wrong-kg' && (error.reason !== 'wrong-password' || error.step === 'RAKP 3')
}

async function withLink<T>(
  options: DiscoveryOptions,
  work: (link: DatagramLink, clock: Clock) => Promise<T>,
): Promise<T> {
  const address = await resolveHost(options.host)
  const link = await (options.openLink ?? openUdpLink)(address, options.port ?? rmcpPort)
  try {
    return await work(link, options.clock ?? systemClock)
  } finally {
    link.close()
  }
}
