import { IpmiCommandError, type IpmiStep, IpmiTimeoutError, IpmiUnreachableError } from '../errors.ts'
import { describeCompletionCode, type IpmiCommand } from '../commands/command.ts'
import type { Quirks } from '../quirks.ts'
import { decodeLanResponse, encodeLanRequest, type LanResponse } from '../wire/lan-message.ts'
import { decodeSessionPacket, encodeLegacyPacket } from '../wire/session-packet.ts'
import { whenAborted } from './abort.ts'
import type { Clock } from './clock.ts'
import type { DatagramLink } from './udp-link.ts'
import { deferred } from './deferred.ts'

export interface PlainOptions {
  retransmitMs: number
  deadlineMs: number
  quirks: Quirks
}

/**
 * Asks a command outside any session, in the IPMI 1.5 format that every BMC answers.
 * @throws IpmiTimeoutError, IpmiUnreachableError, IpmiCommandError, IpmiProtocolError, or the signal's reason
 */
export async function plainRequest<T>(
  link: DatagramLink,
  clock: Clock,
  command: IpmiCommand<T>,
  step: IpmiStep,
  options: PlainOptions,
  signal?: AbortSignal,
): Promise<T> {
  const rqSeq = 0x21
  const datagram = encodeLegacyPacket(encodeLanRequest({ ...command, rqSeq }))
  const { promise, resolve, reject } = deferred<T>()
  using _subscription = link.onDatagram((bytes) => {
    const response = readPlainResponse(bytes, options.quirks)
    if (response?.rqSeq !== rqSeq || response.command !== command.command) return
    const { completionCode, data } = response
    if (completionCode !== 0) {
      return reject(
        new IpmiCommandError(command.name, completionCode, describeCompletionCode(completionCode)),
      )
    }
    try {
      resolve(command.decode(data))
    } catch (error) {
      reject(error)
    }
  })
  const startedMs = clock.nowMs()
  let attempts = 0
  let refusals = 0
  using _refusals = link.onRefused((cause) => {
    refusals += 1
    // The first may belong to a datagram sent before this request.
    if (refusals < 2) return
    const message = `Nothing listens at ${link.remoteAddress} port ${link.remotePort}: the network refused the datagrams`
    reject(new IpmiUnreachableError(step, message, { cause }))
  })
  let cancel = (): void => undefined
  const attempt = (): void => {
    const elapsedMs = Math.round(clock.nowMs() - startedMs)
    if (elapsedMs >= options.deadlineMs) {
      const hint = 'Nothing speaks IPMI there, or a firewall drops UDP.'
      return reject(new IpmiTimeoutError(step, attempts, elapsedMs, hint))
    }
    attempts += 1
    link.send(datagram)
    cancel = clock.after(Math.min(options.retransmitMs, options.deadlineMs - elapsedMs), attempt)
  }
  const aborted = whenAborted(signal)
  attempt()
  try {
    return await Promise.race([promise, aborted.promise])
  } finally {
    cancel()
    aborted.stop()
  }
}

function readPlainResponse(bytes: Buffer, quirks: Quirks): LanResponse | undefined {
  const packet = decodeSessionPacket(bytes)
  if (!packet.ok || packet.value.version !== '1.5' || packet.value.sessionId !== 0) return undefined
  const response = decodeLanResponse(packet.value.message, !quirks.has('nochecksumcheck'))
  return response.ok ? response.value : undefined
}
