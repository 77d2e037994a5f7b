import { randomInt } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import type { Check, WebCheck } from '../contract/inventory.ts'
import type { CheckResult } from '../contract/state.ts'
import { saidLine, type Found } from './found.ts'
import { isRpcReply, nfsNullCall } from './nfs-null.ts'

/** A look at a port, without the web. */
export type PortLook = Pick<Exclude<Check, WebCheck>, 'kind' | 'port'>

/** More than any reply that is looked at. */
const mostHeardBytes = 1024
/** The reset of a host that lives, or of something in front of it. */
const refusals: readonly (string | undefined)[] = ['ECONNREFUSED', 'ECONNRESET']

/**
 * One TCP-level look. `tcp`: `answers` when the connection is accepted. `banner`: `answers` when the peer also says
 * something first (SSH, SMTP, FTP…), `silent` when it accepts and stays silent: a hung machine's kernel still
 * accepts. `nfs`: `answers` when an NFS server replies to its NULL procedure. `refused` proves that the host lives.
 * Everything else within the limit is `noAnswer`.
 */
export function runCheck({ kind, port }: PortLook, address: string, limitMs: number): Promise<Found> {
  return new Promise((resolve) => {
    let accepted = false
    let heard: Buffer = Buffer.alloc(0)
    const callId = randomInt(2 ** 32)
    const socket = connect({ host: address, port })
    const timer = setTimeout(() => finish(accepted ? 'silent' : 'noAnswer'), limitMs)
    const finish = (result: CheckResult): void => {
      clearTimeout(timer)
      discard(socket)
      resolve({ result, said: kind === 'banner' ? saidLine(heard.toString('latin1')) : null })
    }
    socket.on('connect', () => {
      accepted = true
      if (kind === 'tcp') finish('answers')
      if (kind === 'nfs') socket.write(nfsNullCall(callId))
    })
    socket.on('data', (data: Buffer) => {
      heard = Buffer.concat([heard, data.subarray(0, mostHeardBytes - heard.length)])
      if (kind !== 'nfs' || isRpcReply(heard, callId)) finish('answers')
      else if (heard.length >= mostHeardBytes) finish('silent')
    })
    socket.on('end', () => finish('silent'))
    socket.on('error', (error: NodeJS.ErrnoException) => {
      finish(refusals.includes(error.code) ? 'refused' : 'noAnswer')
    })
  })
}

function discard(socket: Socket): void {
  socket.removeAllListeners()
  // A late error after the result is known concerns nobody, but without a listener it would end the process.
  socket.on('error', () => undefined)
  socket.destroy()
}
