import { text } from 'node:stream/consumers'
import { pathToFileURL } from 'node:url'
import { adminCommands } from './cli/admin-commands.ts'
import { backupCommands } from './cli/backup-commands.ts'
import { dataCommands } from './cli/data-commands.ts'
import type { Command, Io } from './cli/command.ts'
import { hostCommands } from './cli/host-commands.ts'
import { userCommands } from './cli/user-commands.ts'
import { KeyFileError } from './access/key-file.ts'
import { ConfigError, loadConfig, settingsHelp } from './config.ts'

const commands: readonly Command[] = [
  ...hostCommands,
  ...userCommands,
  ...dataCommands,
  ...backupCommands,
  ...adminCommands,
]

/** Runs one command line and returns its exit code. Works beside a running server, on the same data directory. */
export async function runCli(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  io: Io,
): Promise<number> {
  try {
    const { config, positionals, wantsHelp } = loadConfig({ argv, env })
    if (wantsHelp || positionals.length === 0) {
      io.out(help())
      return 0
    }
    const command = commands.find(({ words }) => words.every((word, index) => positionals[index] === word))
    if (command === undefined) {
      io.err(`There is no command "${positionals.join(' ')}". See: crashcart --help`)
      return 2
    }
    return await command.run(positionals.slice(command.words.length), config, io)
  } catch (error) {
    if (!(error instanceof ConfigError) && !(error instanceof KeyFileError)) throw error
    io.err(error.message)
    return 2
  }
}

function help(): string {
  const width = Math.max(...commands.map(({ usage }) => usage.length))
  const lines = commands.map(({ usage, summary }) => `  crashcart ${usage.padEnd(width)}  ${summary}`)
  return [
    'Crashcart. "npm start" starts the server; these work beside it:',
    ...lines,
    '',
    settingsHelp(),
  ].join('\n')
}

const entry = process.argv[1]
if (entry !== undefined && import.meta.url === pathToFileURL(entry).href) {
  process.exitCode = await runCli(process.argv.slice(2), process.env, {
    out: (line) => console.log(line),
    err: (line) => console.error(line),
    readInput: () => {
      if (process.stdin.isTTY) console.error('Type it, then Enter and Ctrl+D. It is shown while you type.')
      return text(process.stdin)
    },
  })
}
