import { createHash, type X509Certificate } from 'node:crypto'
import type { LookupFunction } from 'node:net'
import { isIP } from 'node:net'
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls'
import { AppError } from '../errors.ts'
import type { NameResolver } from '../names/name-resolver.ts'
import type { PresentedCertificate } from './driver.ts'

export type PinnedTarget = {
  address: string
  port: number
  /** SHA-256 of the SPKI, `AA:BB:…`, that the peer must show. */
  pin: string
  lastGoodAddress: string | null
}

/** An open TLS connection to the approved peer; nothing was sent on it yet. */
export type PinnedConnection = { socket: TLSSocket; remoteAddress: string }

/** SHA-256 of a certificate's public key (DER SubjectPublicKeyInfo), as `AA:BB:…`. */
function spkiFingerprint(certificate: X509Certificate): string {
  const spki = certificate.publicKey.export({ type: 'spki', format: 'der' })
  const hex = createHash('sha256').update(spki).digest('hex').toUpperCase()
  return hex.match(/../g)!.join(':')
}

/**
 * Opens TLS to a device and compares its key with the pin once the handshake is complete, before the caller gets the
 * socket and so before any byte of credentials. The certificate's dates and names are not looked at: devices have
 * wrong clocks and expired certificates. No session is resumed, since Node would skip the certificate then.
 * Throws AppError `device/unreachable`, `device/timeout`, `device/protocol`, or `device/pinChanged` with
 * `details.offered`.
 */
export async function connectPinned(
  target: PinnedTarget,
  names: NameResolver,
  limits: { timeoutMs: number; signal?: AbortSignal },
): Promise<PinnedConnection> {
  const { socket, certificate } = await handshake(target, names, limits)
  const offered = fingerprintOf(certificate, socket)
  if (offered !== target.pin) {
    socket.destroy()
    throw new AppError(
      'device/pinChanged',
      `${target.address} shows another certificate than the approved one.`,
      {
        details: { offered },
      },
    )
  }
  return { socket, remoteAddress: socket.remoteAddress ?? target.address }
}

/**
 * Shakes hands with whatever answers and tells what certificate it shows; nothing is sent after the handshake.
 * Throws like `connectPinned`, without the pin.
 */
export async function presentedCertificate(
  target: Omit<PinnedTarget, 'pin'>,
  names: NameResolver,
  limits: { timeoutMs: number; signal?: AbortSignal },
): Promise<PresentedCertificate> {
  const { socket, certificate } = await handshake(target, names, limits)
  const fingerprint = fingerprintOf(certificate, socket)
  socket.destroy()
  return {
    fingerprint,
    subject: certificate.subject ?? '',
    validFrom: certificate.validFromDate.getTime(),
    validTo: certificate.validToDate.getTime(),
  }
}

function fingerprintOf(certificate: X509Certificate, socket: TLSSocket): string {
  try {
    return spkiFingerprint(certificate)
  } catch (cause) {
    socket.destroy()
    throw new AppError('device/protocol', 'The device shows a certificate that cannot be read.', { cause })
  }
}

type Shaken = { socket: TLSSocket; certificate: X509Certificate }

async function handshake(
  target: Omit<PinnedTarget, 'pin'>,
  names: NameResolver,
  limits: { timeoutMs: number; signal?: AbortSignal },
): Promise<Shaken> {
  const deadline = AbortSignal.timeout(limits.timeoutMs)
  const signal = limits.signal ? AbortSignal.any([limits.signal, deadline]) : deadline
  const stopped = () =>
    deadline.aborted
      ? new AppError('device/timeout', `${target.address} did not answer within ${limits.timeoutMs} ms.`)
      : new AppError('device/unreachable', `Connecting to ${target.address} was given up.`, {
          details: { aborted: true },
        })
  if (signal.aborted) throw stopped()
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  aborted.catch(() => undefined)
  const onAbort = () => reject(stopped())
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    const addresses = await Promise.race([names.resolve(target.address, target.lastGoodAddress), aborted])
    return await shakeHands(target, addresses, signal, stopped)
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

function shakeHands(
  target: { address: string; port: number },
  addresses: string[],
  signal: AbortSignal,
  stopped: () => AppError,
): Promise<Shaken> {
  return new Promise((resolve, reject) => {
    const socket = connect(connectionOptions(target, addresses))
    const fail = (error: AppError) => {
      signal.removeEventListener('abort', onAbort)
      socket.destroy()
      reject(error)
    }
    const onAbort = () => fail(stopped())
    signal.addEventListener('abort', onAbort, { once: true })
    // Stays for the socket's life: an error between two owners must not end the process. It is always followed by
    // 'close', which the owner watches.
    socket.on('error', (cause) => fail(connectError(target.address, cause)))
    socket.once('close', () => fail(new AppError('device/unreachable', `${target.address} hung up.`)))
    socket.once('secureConnect', () => {
      const certificate = socket.getPeerX509Certificate()
      if (!certificate || socket.isSessionReused()) {
        return fail(new AppError('device/protocol', `${target.address} shows no certificate.`))
      }
      signal.removeEventListener('abort', onAbort)
      resolve({ socket, certificate })
    })
  })
}

function connectionOptions(
  target: { address: string; port: number },
  addresses: string[],
): ConnectionOptions {
  const literal = addresses.length === 1 ? addresses[0]! : null
  const lookup: LookupFunction = (_name, options, callback) => {
    const entries = addresses.map((address) => ({ address, family: isIP(address) }))
    if (options.all) callback(null, entries)
    else callback(null, entries[0]!.address, entries[0]!.family)
  }
  return {
    host: literal ?? target.address,
    port: target.port,
    lookup,
    autoSelectFamily: true,
    ...(isIP(target.address) === 0 && { servername: target.address }),
    // Self-signed is the rule; the pin decides.
    rejectUnauthorized: false,
    // Offered h2 it would be chosen, and upgrades need HTTP/1.1.
    ALPNProtocols: ['http/1.1'],
  } as ConnectionOptions
}

function connectError(address: string, cause: Error & { code?: string }): AppError {
  const code = cause.code ?? ''
  const isTls = code.startsWith('ERR_SSL') || code.startsWith('ERR_TLS') || code === 'EPROTO'
  return isTls
    ? new AppError('device/protocol', `${address} does not speak TLS as expected.`, { cause })
    : new AppError('device/unreachable', `${address} cannot be reached.`, { cause })
}
