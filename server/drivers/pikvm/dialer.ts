import { isIP } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { AppError, isAppError } from '../../errors.ts'
import type { NameResolver } from '../../names/name-resolver.ts'
import type { EndpointAccess } from '../driver.ts'
import { connectPinned } from '../pinned-tls.ts'

/** Opens pinned connections to one device. */
export interface Dialer {
  /** Value of the Host header. */
  readonly host: string
  /** Throws AppError `device/*`; no byte of credentials was sent then. */
  dial(limits: { timeoutMs: number; signal?: AbortSignal }): Promise<TLSSocket>
}

export type DialerHooks = {
  onPinMismatch(offered: string): void
  onGoodAddress(address: string): void
}

/** Dialer for `access`; it remembers the last address that worked for as long as it lives. */
export function createDialer(
  access: Pick<EndpointAccess, 'address' | 'port' | 'pin' | 'lastGoodAddress'>,
  names: NameResolver,
  hooks: DialerHooks,
): Dialer {
  let lastGoodAddress = access.lastGoodAddress
  const isName = isIP(access.address) === 0
  return {
    host: hostHeader(access.address, access.port),
    async dial(limits) {
      if (access.pin === '') {
        throw new AppError('device/notApproved', `The certificate of ${access.address} is not approved.`)
      }
      try {
        const opened = await connectPinned({ ...access, lastGoodAddress }, names, limits)
        if (isName && opened.remoteAddress !== lastGoodAddress) {
          lastGoodAddress = opened.remoteAddress
          hooks.onGoodAddress(opened.remoteAddress)
        }
        return opened.socket
      } catch (error) {
        const offered = isAppError(error) && error.code === 'device/pinChanged' && error.details?.['offered']
        if (typeof offered === 'string') hooks.onPinMismatch(offered)
        throw error
      }
    },
  }
}

function hostHeader(address: string, port: number): string {
  const host = isIP(address) === 6 ? `[${address.replace(/%.*$/, '')}]` : address
  return port === 443 ? host : `${host}:${port}`
}
