import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ConfigError, loadConfig, settingsHelp } from '../server/config.ts'

let folder: string
let file: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'crashcart-config-'))
  file = join(folder, 'crashcart.conf')
  writeFileSync(
    file,
    '# comment\nCRASHCART_PORT=1003\nCRASHCART_HOST="127.0.0.3"\nCRASHCART_NAMES=file.lan\n',
  )
})
afterAll(() => rmSync(folder, { recursive: true }))

const load = (argv: string[], env: Record<string, string> = {}, defaults = {}) =>
  loadConfig({ argv, env, defaults }).config

describe('settings', () => {
  it('come from flags, then the environment, then the file, then the defaults', () => {
    const env = { CRASHCART_CONFIG: file, CRASHCART_HOST: '127.0.0.2', CRASHCART_PORT: '1002' }
    const config = load(['--port', '1001'], env, {
      CRASHCART_NAMES: 'default.lan',
      CRASHCART_LOG_LEVEL: 'warn',
    })
    expect(config).toMatchObject({ port: 1001, host: '127.0.0.2', names: ['file.lan'], logLevel: 'warn' })
  })

  it('listen on every interface unless told otherwise', () => {
    expect(load([])).toMatchObject({ host: '::', port: 8443, http: null, certificate: null })
  })

  it('keep the key beside the data directory, each with its own', () => {
    expect(load([], { CRASHCART_DATA: '/srv/a' }).keyFile).toBe('/srv/a.key')
    expect(load([], { STATE_DIRECTORY: '/var/lib/crashcart' }).dataDir).toBe('/var/lib/crashcart')
    // A unit with two of them, as ours is.
    expect(load([], { STATE_DIRECTORY: '/var/lib/a:/var/lib/b' }).dataDir).toBe('/var/lib/a')
  })

  it.each([
    ['127.0.0.1:8080', { kind: 'tcp', host: '127.0.0.1', port: 8080 }],
    ['[::1]:8080', { kind: 'tcp', host: '::1', port: 8080 }],
    ['unix:/run/crashcart.sock', { kind: 'unix', path: '/run/crashcart.sock' }],
  ])('take %s for plain HTTP', (text, expected) => {
    expect(load(['--http', text]).http).toEqual(expected)
  })

  it.each([
    ['CRASHCART_HTTP', '0.0.0.0:80'],
    ['CRASHCART_HTTP', '192.168.1.5:80'],
    ['CRASHCART_HTTP', 'unix:relative'],
    ['CRASHCART_PORT', '70000'],
    ['CRASHCART_PORT', 'x'],
    ['CRASHCART_HOST', 'example.com'],
    ['CRASHCART_NAMES', 'https://a.lan'],
    ['CRASHCART_NAMES', 'a.lan:8443'],
    ['CRASHCART_TRUSTED_PROXIES', '10.0.0.0/33'],
    ['CRASHCART_TRUSTED_PROXIES', '*'],
    ['CRASHCART_LOG_LEVEL', 'loud'],
    ['CRASHCART_CONFIG', '/nowhere/crashcart.conf'],
  ])('refuse %s=%s with a sentence that names it', (name, value) => {
    expect(() => load([], { [name]: value })).toThrow(name)
  })

  it('name all problems at once', () => {
    const env = {
      CRASHCART_PORT: 'x',
      CRASHCART_CERT_FILE: '/a',
      CRASHCART_DATA: '/d',
      CRASHCART_KEY_FILE: '/d/key',
    }
    try {
      load([], env)
      expect.unreachable()
    } catch (error) {
      expect(error).toBeInstanceOf(ConfigError)
      expect((error as ConfigError).problems).toHaveLength(3)
    }
  })

  it('refuse a flag or a line of the file that nobody knows', () => {
    expect(() => load(['--colour', 'red'])).toThrow('--colour')
    writeFileSync(join(folder, 'bad.conf'), 'CRASHCART_PROT=1\n')
    expect(() => load(['--config', join(folder, 'bad.conf')])).toThrow('CRASHCART_PROT')
  })

  it('are all in the help', () => {
    const help = settingsHelp()
    for (const flag of ['--host', '--data', '--key-file', '--names', '--config']) expect(help).toContain(flag)
  })
})
