import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { repoRoot, startServer } from './support/server-process.ts'

/** Every process whose environment names this data directory. */
function processesOf(dataDir: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return (
        /^\d+$/.test(pid) &&
        readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`CRASHCART_DATA=${dataDir}`)
      )
    } catch {
      // Gone meanwhile, or somebody else's.
      return false
    }
  })
}

describe('start and end', () => {
  let dir: string
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'crashcart-start-'))
  })
  afterEach(() => rmSync(dir, { recursive: true, force: true }))

  it.each([
    ['npm start', ['start']],
    ['npm run demo', ['run', 'demo']],
  ])(
    '%s serves https, and TERM to npm ends it cleanly and leaves no process',
    async (_name, args) => {
      const dataDir = join(dir, 'data')
      const env = {
        PATH: process.env['PATH'],
        HOME: dir,
        CRASHCART_HOST: '127.0.0.1',
        CRASHCART_PORT: '0',
        CRASHCART_DATA: dataDir,
      }
      const npm: ChildProcess = spawn('npm', args, {
        cwd: repoRoot,
        env,
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      let output = ''
      for (const stream of [npm.stdout, npm.stderr])
        stream?.on('data', (text: Buffer) => (output += text.toString()))
      const exited = new Promise<void>((resolve) => npm.once('exit', () => resolve()))
      await expect.poll(() => output, { timeout: 30_000 }).toMatch(/https:\/\/localhost:\d+/)
      npm.kill('SIGTERM')
      await exited
      await expect.poll(() => processesOf(dataDir), { timeout: 10_000 }).toEqual([])
    },
    60_000,
  )

  it('TERM to node ends the server with exit code 0', async () => {
    const server = await startServer({ dataDir: dir })
    expect(await server.stop()).toBe(0)
  })

  it('says what to do when the port is taken', async () => {
    const first = await startServer({ dataDir: dir })
    const second = mkdtempSync(join(tmpdir(), 'crashcart-start-'))
    const env = { CRASHCART_PORT: String(first.port) }
    await expect(startServer({ dataDir: second, env })).rejects.toThrow(/Choose another with CRASHCART_PORT/)
    rmSync(second, { recursive: true, force: true })
    await first.stop()
  })

  it('refuses settings that it does not know, and prints all that it does', async () => {
    await expect(startServer({ dataDir: dir, args: ['--colour', 'red'] })).rejects.toThrow(/See --help/)
    const help = spawn(process.execPath, ['server/main.js', '--help'], { cwd: repoRoot, env: { HOME: dir } })
    let output = ''
    help.stdout.on('data', (text: Buffer) => (output += text.toString()))
    expect(await new Promise((resolve) => help.once('exit', resolve))).toBe(0)
    for (const name of ['CRASHCART_HOST', 'CRASHCART_PORT', 'CRASHCART_DATA']) expect(output).toContain(name)
  })
})
