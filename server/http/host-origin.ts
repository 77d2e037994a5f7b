import type { IncomingMessage } from 'node:http'
import { isLoopbackName } from '../access/allowed-hosts.ts'
import type { AllowedHosts } from '../access/allowed-hosts.ts'
import { AppError } from '../errors.ts'
import type { Peer } from './peer.ts'

/**
 * Throws AppError `access/hostRefused` unless the request names a host of the allow-list over HTTPS (plain HTTP counts
 * only for loopback names). This is what stops DNS rebinding.
 */
export async function checkHost(peer: Peer, hosts: AllowedHosts): Promise<void> {
  const { authority } = peer
  if (authority === null) throw new AppError('request/invalid', 'The Host header is not a host.')
  if (!(await hosts.allows(authority.name))) {
    throw new AppError('access/hostRefused', `${authority.name} is not in the list of allowed host names.`, {
      details: { host: authority.name, command: `crashcart host add ${authority.name}`, why: 'notAllowed' },
    })
  }
  if (!peer.isSecure && !isLoopbackName(authority.name)) {
    throw new AppError('access/hostRefused', `${authority.name} was asked for over plain HTTP.`, {
      details: { host: authority.name, peer: peer.address, why: 'plainHttp' },
    })
  }
}

/**
 * For everything that changes something or opens a socket: throws AppError `access/originRefused` unless Origin is
 * exactly the origin that the (allowed) Host makes, and the browser, if it says so, calls the request same-origin. A
 * missing Origin is refused too.
 */
export function checkOrigin(request: IncomingMessage, peer: Peer): void {
  const { origin } = request.headers
  const site = request.headers['sec-fetch-site']
  if (origin === undefined || origin !== peer.origin || peer.origin === '') {
    throw new AppError('access/originRefused', 'Only the page that this server itself shows may do that.', {
      details: { origin: (origin ?? '').slice(0, 200), expected: peer.origin },
    })
  }
  if (site !== undefined && site !== 'same-origin') {
    throw new AppError('access/originRefused', 'The browser says that another site asked for that.')
  }
}

/** For reading `/api`: another site gets nothing even though it could not read the answer. */
export function checkReader(request: IncomingMessage): void {
  const site = request.headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin' && site !== 'none') {
    throw new AppError('access/originRefused', 'The browser says that another site asked for that.')
  }
}
