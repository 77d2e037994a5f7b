import { createAccess } from '../access/access.ts'
import { password as passwordSchema } from '../contract/access.ts'
import { withData } from './command.ts'
import type { Command } from './command.ts'

/** `crashcart user …`: the way back in for whoever sits at the host itself. */
export const userCommands: readonly Command[] = [
  {
    words: ['user', 'list'],
    usage: 'user list',
    summary: 'show who can sign in',
    run: (_args, config, io) =>
      withData(config, io, async ({ store }) => {
        for (const { name, role, passkeys } of await store.users.list()) {
          io.out(`${name}\t${role}\t${passkeys} passkeys`)
        }
        return 0
      }),
  },
  {
    words: ['user', 'reset-password'],
    usage: 'user reset-password NAME',
    summary:
      'set a password, read from standard input; ends all sessions and removes the passkeys and recovery codes of that user',
    async run([name], config, io) {
      if (name === undefined) {
        io.err('Whose? crashcart user reset-password NAME < file-with-the-password')
        return 2
      }
      return withData(config, io, async ({ store, problem }) => {
        const parsed = passwordSchema.safeParse((await io.readInput()).replace(/\r?\n[\s\S]*$/, ''))
        if (!parsed.success) {
          io.err('The first line of standard input must be a password of at least 10 characters.')
          return 2
        }
        const access = createAccess({ store, problem, config })
        const reset = await access.users.resetPassword(name, parsed.data)
        if (reset === null) {
          io.err(`There is no user ${name}. See: crashcart user list`)
          return 1
        }
        io.out(
          `The password of ${reset.name} is set. Taken away: ${reset.sessions} sessions, ${reset.passkeys} passkeys, ${reset.recoveryCodes} recovery codes.`,
        )
        return 0
      })
    },
  },
]
