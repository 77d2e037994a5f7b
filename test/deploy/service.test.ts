import { execFileSync, spawn } from 'node:child_process'
import { chownSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { repoRoot } from '../support/server-process.ts'

const unit = readFileSync(join(repoRoot, 'deploy/crashcart.service'), 'utf8')
const nobody = 65534
const isRoot = process.getuid?.() === 0

function unitValues(key: string): string[] {
  return [...unit.matchAll(new RegExp(`^${key}=(.*)$`, 'gm'))].map((match) => match[1] ?? '')
}

/** Tracked files and installed packages, owned by root, without a single writable place for `nobody`. */
function readOnlyCopy(): string {
  const copy = mkdtempSync(join(tmpdir(), 'crashcart-opt-'))
  const files = execFileSync('git', ['ls-files', '-z', 'server', 'package.json', 'bin'], {
    cwd: repoRoot,
    encoding: 'utf8',
  })
  for (const file of files.split('\0').filter(Boolean)) cpSync(join(repoRoot, file), join(copy, file))
  cpSync(join(repoRoot, 'dist'), join(copy, 'dist'), { recursive: true })
  copyPackages(copy)
  execFileSync('chmod', ['-R', 'a+rX,a-w', copy])
  return copy
}

function copyPackages(copy: string): void {
  const target = join(copy, 'node_modules')
  try {
    // Hard links: instant, and the same bytes.
    execFileSync('cp', ['-al', join(repoRoot, 'node_modules'), target], { stdio: 'ignore' })
  } catch {
    // Another file system: a real copy, slower.
    execFileSync('cp', ['-a', join(repoRoot, 'node_modules'), target])
  }
}

function healthz(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const call = request(
      { port, host: '127.0.0.1', path: '/healthz', rejectUnauthorized: false },
      (answer) => {
        answer.resume()
        resolve(answer.statusCode ?? 0)
      },
    )
    call.on('error', reject)
    call.end()
  })
}

describe('the system service', () => {
  it('runs the bundled node on the sources, never npm and never a build', () => {
    expect(unitValues('ExecStart')).toEqual([
      '/opt/crashcart/node_modules/.bin/node /opt/crashcart/server/main.js',
    ])
    expect(unitValues('ExecStartPre')).toEqual([])
    expect(existsSync(join(repoRoot, 'node_modules/.bin/node'))).toBe(true)
  })

  it('may write only to its own two directories, and leaves V8 able to compile', () => {
    expect(unitValues('ProtectSystem')).toEqual(['strict'])
    expect(unitValues('ReadWritePaths')).toEqual([])
    expect(unitValues('MemoryDenyWriteExecute')).toEqual([])
    const writable = (unitValues('StateDirectory')[0] ?? '').split(' ').map((name) => `/var/lib/${name}`)
    const settings = Object.fromEntries(
      unitValues('Environment').map((line) => line.split('=') as [string, string]),
    )
    expect(writable).toContain(settings['CRASHCART_DATA'])
    expect(writable).toContain(dirname(settings['CRASHCART_KEY_FILE'] ?? ''))
  })
})

describe('the server on a system of which nothing is writable', () => {
  let copy: string
  let state: string
  beforeAll(() => {
    copy = readOnlyCopy()
    state = mkdtempSync(join(tmpdir(), 'crashcart-state-'))
  })
  afterAll(() => {
    for (const path of [copy, state]) execFileSync('chmod', ['-R', 'u+w', path])
    for (const path of [copy, state]) rmSync(path, { recursive: true, force: true })
  })

  it('starts as an unprivileged user from a read-only tree and ends on TERM', async () => {
    for (const name of ['crashcart', 'crashcart-key']) {
      mkdirSync(join(state, name), { mode: 0o700 })
      if (isRoot) chownSync(join(state, name), nobody, nobody)
    }
    execFileSync('chmod', ['755', state])
    const child = spawn(join(copy, 'node_modules/.bin/node'), [join(copy, 'server/main.js')], {
      cwd: copy,
      ...(isRoot ? { uid: nobody, gid: nobody } : {}),
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        CRASHCART_HOST: '127.0.0.1',
        CRASHCART_PORT: '0',
        CRASHCART_DATA: join(state, 'crashcart'),
        CRASHCART_KEY_FILE: join(state, 'crashcart-key/key'),
      },
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (text: Buffer) => (output += text.toString()))
    const exited = new Promise<number | null>((resolve) => child.once('exit', resolve))
    try {
      await expect
        .poll(() => /https:\/\/localhost:(\d+)/.exec(output)?.[1], { timeout: 20_000 })
        .toBeDefined()
      const port = Number(/https:\/\/localhost:(\d+)/.exec(output)?.[1])
      expect(await healthz(port), output).toBe(200)
      expect(output).toMatch(/setup code/i)
    } finally {
      child.kill('SIGTERM')
    }
    expect(await exited, output).toBe(0)
  })
})
