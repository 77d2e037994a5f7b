import { randomInt } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import type { Check } from '../contract/inventory.ts'
import type { CheckResult } from '../contract/state.ts'
import { isRpcReply, nfsNullCall } from './nfs-null.ts'

/** More than any reply that is looked at. */
const mostHeardBytes = 1024

/**
 * One TCP-level look. `tcp`: `answers` when the connection is accepted. `banner`: `answers` when the peer also says
 * something first (SSH, SMTP, FTP…), `silent` when it accepts and stays silent: a hung machine's kernel still
 * accepts. `nfs`: `answers` when an NFS server replies to its NULL procedure. `refused` proves that the host lives. Everything else within the limit is `noAnswer`.
 */
export function runCheck(
  check: Pick<Check, 'kind' | 'port'>,
  address: string,
  limitMs: number,
): Promise<CheckResult> {
  return new Promise((resolve) => {
    let accepted = false
    let heard: Buffer = Buffer.alloc(0)
    const callId = randomInt(2 ** 32)
    const socket = connect({ host: address, port: check.port })
    const timer = setTimeout(() => finish(accepted ? 'silent' : 'noAnswer'), limitMs)
    const finish = (result: CheckResult): void => {
      clearTimeout(timer)
      discard(socket)
      resolve(result)
    }
    socket.on('connect', () => {
      accepted = true
      if (check.kind === 'tcp') finish('answers')
      if (check.kind === 'nfs') socket.write(nfsNullCall(callId))
    })
    socket.on('data', (data: Buffer) => {
      heard = Buffer.concat([heard, data.subarray(0, mostHeardBytes - heard.length)])
      if (check.kind !== 'nfs' || isRpcReply(heard, callId)) finish('answers')
      else if (heard.length >= mostHeardBytes) finish('silent')
    })
    socket.on('end', () => finish('silent'))
    socket.on('error', (error: NodeJS.ErrnoException) => {
      const hostLives = error.code === 'ECONNREFUSED' || error.code === 'ECONNRESET'
      finish(hostLives ? 'refused' : 'noAnswer')
    })
  })
}

function discard(socket: Socket): void {
  socket.removeAllListeners()
  // A late error after the result is known concerns nobody, but without a listener it would end the process.
  socket.on('error', () => undefined)
  socket.destroy()
}
