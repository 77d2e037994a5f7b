import type { AdminRequest } from '../admin/protocol.ts'
import { askServer } from './ask-server.ts'
import type { Command } from './command.ts'

/** `crashcart admin …`: asks the running server, through a socket that only root and its own user can open. */
export const adminCommands: readonly Command[] = [
  command(
    'let-in',
    '[NAME]',
    'a new passphrase for an admin who is locked out (or a new setup code)',
    (name) => ({
      command: 'letIn',
      name: name ?? null,
    }),
  ),
  command(
    'host add',
    'NAME',
    'allow a host name or address, at once',
    (name) => name !== undefined && { command: 'addHost', name },
  ),
  command('host list', '', 'show the allowed names', () => ({ command: 'listHosts' })),
  command(
    'host remove',
    'NAME',
    'take a name out again',
    (name) => name !== undefined && { command: 'removeHost', name },
  ),
  command('session list', '', 'show who is signed in, and where', () => ({ command: 'listSessions' })),
  command(
    'session end',
    'ID',
    'sign one phone or browser out',
    (id) => id !== undefined && { command: 'endSession', id },
  ),
  command('session end-all', '', 'sign everybody out', () => ({ command: 'endAllSessions' })),
]

/** `request` false: what it needs was not given. */
function command(
  words: string,
  argument: string,
  summary: string,
  request: (argument: string | undefined) => AdminRequest | false,
): Command {
  const usage = `admin ${words} ${argument}`.trim()
  return {
    words: ['admin', ...words.split(' ')],
    usage,
    summary,
    async run(args, config, io) {
      const isTooMuch = args.length > (argument === '' ? 0 : 1)
      const wanted = isTooMuch ? false : request(args[0])
      if (wanted !== false) return askServer(config, io, wanted)
      io.err(`Usage: crashcart ${usage}`)
      return 2
    },
  }
}
