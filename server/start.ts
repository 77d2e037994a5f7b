import { readFileSync } from 'node:fs'
import { pino } from 'pino'
import { assemble, type Crashcart } from './assemble.ts'
import { ConfigError, loadConfig, settingsHelp, type Config } from './config.ts'
import { welcome } from './welcome.ts'

const usage = `Usage: crashcart [demo] [settings]
  (no command)  start the server
  demo          start it with a simulated rack, on loopback, with data that are thrown away

`
/** Everything must have ended this long after TERM; then the process goes anyway and says so. */
const endWithinMs = 9000

/** Runs the server until TERM or INT. Exits with 2 for settings that cannot be used, 1 when it cannot start. */
export async function start(argv: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  const isDemo = argv[0] === 'demo'
  try {
    const demo = isDemo ? await (await import('./demo/demo.ts')).prepareDemo() : null
    const { config, wantsHelp, positionals } = loadConfig({
      argv: isDemo ? argv.slice(1) : argv,
      env,
      ...(demo && { defaults: demo.defaults }),
    })
    if (wantsHelp) return void process.stdout.write(`${usage}${settingsHelp()}\n`)
    if (positionals.length > 0)
      throw new ConfigError([`"${positionals.join(' ')}" is not a command. See --help.`])
    const { crashcart, log } = await run(config)
    const demoLines = demo === null ? [] : await demo.fill(crashcart)
    process.stdout.write(await welcome(crashcart, config, demoLines))
    endOnSignals(async () => {
      await crashcart.close()
      await demo?.close()
    }, log)
  } catch (error) {
    explain(error)
  }
}

async function run(config: Config): Promise<{ crashcart: Crashcart; log: pino.Logger }> {
  const log = pino({ level: config.logLevel, base: null }, pino.destination({ fd: 2, sync: true }))
  const crashcart = await assemble(config, log, version())
  await crashcart.listen()
  return { crashcart, log }
}

/** The package's version, which the page compares with its own. */
function version(): string {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  return (JSON.parse(manifest) as { version: string }).version
}

function endOnSignals(close: () => Promise<void>, log: pino.Logger): void {
  let isEnding = false
  const end = (signal: string): void => {
    if (isEnding) return
    isEnding = true
    const late = setTimeout(() => {
      log.warn({ signal }, 'some parts did not end in time; going anyway')
      process.exit(1)
    }, endWithinMs)
    late.unref()
    close().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, 'ending failed')
        process.exit(1)
      },
    )
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => end(signal))
}

/** A sentence instead of a stack for what a person can put right. */
function explain(error: unknown): void {
  const { code, message, stack } = error as NodeJS.ErrnoException
  if (error instanceof ConfigError) {
    process.stderr.write(`${message}\n`)
    process.exit(2)
  }
  if (code === 'EADDRINUSE') {
    process.stderr.write(
      `${message}\nSomething else uses it. Choose another with CRASHCART_PORT (or CRASHCART_HTTP).\n`,
    )
  } else if (code === 'EACCES') {
    process.stderr.write(
      `${message}\nThis user may not do that: check the directory, or choose a port above 1023.\n`,
    )
  } else if (error instanceof Error && code?.includes('/')) {
    process.stderr.write(`${message}\n`)
  } else {
    process.stderr.write(`Crashcart could not start: ${stack ?? String(error)}\n`)
  }
  process.exit(1)
}
