import { connect, type Socket } from 'node:net'
import type { Check } from '../contract/inventory.ts'
import type { CheckResult } from '../contract/state.ts'

/**
 * One TCP-level look. `tcp`: `answers` when the connection is accepted. `banner`: `answers` when the peer also says
 * something first (SSH, SMTP, FTP…), `silent` when it accepts and stays silent: a hung machine's kernel still
 * accepts. `refused` proves that the host lives. Everything else within the limit is `noAnswer`.
 */
export function runCheck(
  check: Pick<Check, 'kind' | 'port'>,
  address: string,
  limitMs: number,
): Promise<CheckResult> {
  return new Promise((resolve) => {
    let accepted = false
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
    })
    socket.on('data', () => finish('answers'))
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
