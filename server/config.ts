import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { homedir } from 'node:os'
import { resolve } from 'node:path'
import { parseArgs, parseEnv } from 'node:util'
import { z } from 'zod'

/** Where plain HTTP is served for a tunnel or proxy: loopback or a Unix socket, nothing else. */
export type PlainHttp = { kind: 'tcp'; host: string; port: number } | { kind: 'unix'; path: string }

export type Config = {
  /** Address that HTTPS binds; `::` means every interface, IPv4 too. */
  host: string
  port: number
  dataDir: string
  /** Key of the secrets at rest; apart from the data directory so that a copied database is useless. */
  keyFile: string
  /** Certificate files that somebody else renews; null = own CA. */
  certificate: { certFile: string; keyFile: string } | null
  http: PlainHttp | null
  /** Addresses, CIDR ranges, or `unix`; only these may say `X-Forwarded-*`. */
  trustedProxies: readonly string[]
  /** Host names and addresses under which the page may be opened, beside the machine's own. */
  names: readonly string[]
  logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'silent'
}

/** The settings cannot be used. `problems` has one sentence each. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly code = 'config/invalid'
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(`The settings cannot be used:\n${problems.map((problem) => `  ${problem}`).join('\n')}`)
    this.problems = problems
  }
}

type Setting = { env: string; flag: string; value: string; help: string; standard: string }

/** One row a setting: the same name in the environment and in the file, a flag, and its line of help. */
const settings = [
  row('HOST', 'host', 'ADDRESS', 'address to bind for https (:: = every interface)', '::'),
  row('PORT', 'port', 'PORT', 'port for https (0 = any free one)', '8443'),
  row('DATA', 'data', 'DIR', 'data directory', '~/.local/share/crashcart'),
  row('KEY_FILE', 'key-file', 'FILE', 'key of the stored secrets', 'beside the data directory, DIR.key'),
  row('CERT_FILE', 'cert-file', 'FILE', 'certificate chain in PEM, reloaded when it changes', 'own CA'),
  row('CERT_KEY_FILE', 'cert-key-file', 'FILE', 'private key of CERT_FILE', ''),
  row('HTTP', 'http', 'WHERE', 'plain HTTP for a proxy or tunnel: 127.0.0.1:PORT or unix:/PATH', 'off'),
  row('TRUSTED_PROXIES', 'trusted-proxies', 'LIST', 'peers whose X-Forwarded-* counts (or unix)', 'none'),
  row('NAMES', 'names', 'LIST', 'host names under which the page may be opened', "this machine's own"),
  row('LOG_LEVEL', 'log-level', 'LEVEL', 'fatal, error, warn, info, debug or silent', 'info'),
  row('CONFIG', 'config', 'FILE', 'file with NAME=value lines, same names', 'none'),
] as const satisfies readonly Setting[]

export type SettingName = (typeof settings)[number]['env']

function row<N extends string>(name: N, flag: string, value: string, help: string, standard: string) {
  return { env: `CRASHCART_${name}` as const, flag, value, help, standard }
}

export type LoadedConfig = { config: Config; positionals: string[]; wantsHelp: boolean }

/**
 * Reads flags, then the environment, then the file, then `defaults`; the first that names a setting wins. Empty
 * values count as not set. Throws ConfigError with every problem found.
 */
export function loadConfig(input: {
  argv: readonly string[]
  env: Readonly<Record<string, string | undefined>>
  defaults?: Partial<Record<SettingName, string>>
}): LoadedConfig {
  const { flags, positionals, wantsHelp } = readFlags(input.argv)
  const file = readConfigFile(flags.get('CRASHCART_CONFIG') || input.env['CRASHCART_CONFIG'])
  const get = (name: SettingName): string | undefined =>
    flags.get(name) || input.env[name] || file[name] || input.defaults?.[name] || undefined
  return { config: checkConfig(get, input.env), positionals, wantsHelp }
}

/** The lines of help for all settings, made from the table that reads them. */
export function settingsHelp(): string {
  const left = settings.map(({ flag, value }) => `--${flag} ${value}`)
  const width = Math.max(...left.map((text) => text.length))
  const lines = settings.map(({ env, help, standard }, index) => {
    const tail = standard === '' ? '' : ` [${standard}]`
    return `  ${(left[index] ?? '').padEnd(width)}  ${env.padEnd(25)}  ${help}${tail}`
  })
  return ['Settings (flag, name in the environment or file, meaning [default]):', ...lines].join('\n')
}

function readFlags(argv: readonly string[]): {
  flags: Map<string, string>
  positionals: string[]
  wantsHelp: boolean
} {
  const options = Object.fromEntries(settings.map(({ flag }) => [flag, { type: 'string' as const }]))
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      options: { ...options, help: { type: 'boolean', short: 'h' } },
      allowPositionals: true,
    })
    const flags = new Map<string, string>()
    for (const { env, flag } of settings) {
      const value = (values as Record<string, unknown>)[flag]
      if (typeof value === 'string') flags.set(env, value)
    }
    return { flags, positionals, wantsHelp: values.help === true }
  } catch (error) {
    throw new ConfigError([`${(error as Error).message.split('. ')[0]}. See --help.`])
  }
}

function readConfigFile(path: string | undefined): Partial<Record<string, string>> {
  if (path === undefined || path === '') return {}
  let values: Partial<Record<string, string>>
  try {
    values = parseEnv(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new ConfigError([`CRASHCART_CONFIG: ${path} cannot be read (${(error as Error).message}).`])
  }
  const known = new Set<string>(settings.map(({ env }) => env))
  const unknown = Object.keys(values).filter((name) => !known.has(name))
  if (unknown.length > 0) throw new ConfigError(unknown.map((name) => `${name} in ${path} is not a setting.`))
  return values
}

const port = z.coerce.number().int().min(0).max(65535)
const list = z.string().transform((text) => text.split(/[\s,]+/).filter((part) => part !== ''))
const hostName = z
  .string()
  .transform((name) => name.toLowerCase().replace(/\.$/, ''))
  .refine((name) => isIP(name) !== 0 || /^(?=.{1,253}$)[a-z0-9_-]+(\.[a-z0-9_-]+)*$/.test(name))
const proxy = z.string().refine(isProxy)
const checks = {
  host: z
    .string()
    .refine((text) => text === 'localhost' || isIP(text) !== 0, 'is not an address of an interface'),
  names: list.pipe(z.array(hostName)),
  proxies: list.pipe(z.array(proxy)),
  level: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent']),
} as const

function checkConfig(
  get: (name: SettingName) => string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Config {
  const problems: string[] = []
  const read = <T>(name: SettingName, schema: z.ZodType<T>, standard: string, mustBe: string): T => {
    const result = schema.safeParse(get(name) ?? standard)
    if (!result.success) problems.push(`${name}=${get(name)}: must be ${mustBe}.`)
    return result.data as T
  }
  const dataDir = resolve(get('CRASHCART_DATA') ?? standardDataDir(env))
  const config: Config = {
    host: read('CRASHCART_HOST', checks.host, '::', 'an IP address, :: for all, or localhost'),
    port: read('CRASHCART_PORT', port, '8443', 'a number from 0 to 65535'),
    dataDir,
    keyFile: resolve(get('CRASHCART_KEY_FILE') ?? standardKeyFile(dataDir, env)),
    certificate: certificateFiles(get, problems),
    http: plainHttp(get('CRASHCART_HTTP'), problems),
    trustedProxies: read(
      'CRASHCART_TRUSTED_PROXIES',
      checks.proxies,
      '',
      'addresses, ranges (10.0.0.0/8) or unix',
    ),
    names: read('CRASHCART_NAMES', checks.names, '', 'host names or addresses, without scheme or port'),
    logLevel: read('CRASHCART_LOG_LEVEL', checks.level, 'info', 'fatal, error, warn, info, debug or silent'),
  }
  if (`${config.keyFile}/`.startsWith(`${dataDir}/`)) {
    problems.push(`CRASHCART_KEY_FILE=${config.keyFile}: must lie outside the data directory ${dataDir}.`)
  }
  if (problems.length > 0) throw new ConfigError(problems)
  return config
}

function standardDataDir(env: Readonly<Record<string, string | undefined>>): string {
  // systemd lists all that a unit has, separated by colons.
  const state = env['STATE_DIRECTORY']?.split(':')[0]
  return state || resolve(env['XDG_DATA_HOME'] || `${homedir()}/.local/share`, 'crashcart')
}

function standardKeyFile(dataDir: string, env: Readonly<Record<string, string | undefined>>): string {
  const credentials = env['CREDENTIALS_DIRECTORY']
  return credentials ? `${credentials}/crashcart.key` : `${dataDir}.key`
}

function certificateFiles(
  get: (name: SettingName) => string | undefined,
  problems: string[],
): Config['certificate'] {
  const certFile = get('CRASHCART_CERT_FILE')
  const keyFile = get('CRASHCART_CERT_KEY_FILE')
  if (certFile === undefined && keyFile === undefined) return null
  if (certFile === undefined || keyFile === undefined) {
    problems.push('CRASHCART_CERT_FILE and CRASHCART_CERT_KEY_FILE go together: set both or none.')
    return null
  }
  return { certFile: resolve(certFile), keyFile: resolve(keyFile) }
}

function plainHttp(text: string | undefined, problems: string[]): PlainHttp | null {
  if (text === undefined || text === 'off') return null
  if (text.startsWith('unix:/')) return { kind: 'unix', path: text.slice('unix:'.length) }
  const match = /^(127(?:\.\d{1,3}){3}|localhost|\[::1\]):(\d{1,5})$/.exec(text)
  const parsed = port.safeParse(match?.[2])
  if (match?.[1] === undefined || !parsed.success) {
    problems.push(
      `CRASHCART_HTTP=${text}: must be 127.0.0.1:PORT, [::1]:PORT or unix:/PATH (plain HTTP stays local).`,
    )
    return null
  }
  return { kind: 'tcp', host: match[1].replace(/[[\]]/g, ''), port: parsed.data }
}

function isProxy(text: string): boolean {
  if (text === 'unix') return true
  const [address = '', bits, more] = text.split('/')
  const family = isIP(address)
  if (family === 0 || more !== undefined) return false
  if (bits === undefined) return true
  return /^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128)
}
