import { spawn, type ChildProcess } from 'node:child_process'
import { createHash, X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { fileURLToPath } from 'node:url'

/** Crashcart as its users run it: its own process, its own data directory, real TLS on loopback. */
export type ServerProcess = {
  child: ChildProcess
  port: number
  /** `https://localhost:<port>` */
  origin: string
  dataDir: string
  /** Base64 SHA-256 of the leaf's public key, for Chromium's `--ignore-certificate-errors-spki-list`. */
  spki: string
  /** Everything printed so far. */
  output(): string
  /** First match of `pattern` in the output, waiting up to 20 s for it. Throws with the output when it never comes. */
  find(pattern: RegExp): Promise<RegExpExecArray>
  /** Sends TERM and resolves with the exit code; the data directory is removed unless it was given. */
  stop(): Promise<number | null>
}

export const repoRoot = fileURLToPath(new URL('../..', import.meta.url))
const readyLine = /https:\/\/localhost:(\d+)/

/** Starts `server/main.js` on a free port of loopback and waits until it listens. */
export async function startServer(
  options: {
    args?: string[]
    env?: Record<string, string>
    dataDir?: string
    root?: string
    node?: string
  } = {},
): Promise<ServerProcess> {
  const root = options.root ?? repoRoot
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'crashcart-data-'))
  const child = spawn(options.node ?? process.execPath, ['server/main.js', ...(options.args ?? [])], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      // As `npm start` and the service do.
      MALLOC_ARENA_MAX: '1',
      CRASHCART_HOST: '127.0.0.1',
      CRASHCART_PORT: '0',
      CRASHCART_DATA: join(dataDir, 'data'),
      CRASHCART_KEY_FILE: join(dataDir, 'key', 'crashcart.key'),
      ...options.env,
    },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (text: Buffer) => (output += text.toString()))
  const find = (pattern: RegExp): Promise<RegExpExecArray> => waitForOutput(child, () => output, pattern)
  const port = Number((await find(readyLine))[1])
  return {
    child,
    port,
    origin: `https://localhost:${port}`,
    dataDir,
    spki: await leafSpki(port),
    output: () => output,
    find,
    stop: async () => {
      const code = await endProcess(child)
      if (options.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true })
      return code
    },
  }
}

async function waitForOutput(
  child: ChildProcess,
  output: () => string,
  pattern: RegExp,
): Promise<RegExpExecArray> {
  const deadline = Date.now() + 20_000
  for (;;) {
    const match = pattern.exec(output())
    if (match !== null) return match
    if (child.exitCode !== null || Date.now() > deadline) {
      throw new Error(`the server did not print ${pattern}; exit ${child.exitCode}; it printed:\n${output()}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
}

async function endProcess(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  const killer = setTimeout(() => child.kill('SIGKILL'), 12_000)
  const code = await exited
  clearTimeout(killer)
  return code
}

async function leafSpki(port: number): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, servername: 'localhost' })
  await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject))
  const leaf = new X509Certificate(socket.getPeerCertificate().raw)
  socket.destroy()
  return createHash('sha256')
    .update(leaf.publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64')
}
