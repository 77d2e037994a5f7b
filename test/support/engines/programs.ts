import { spawn, type ChildProcess } from 'node:child_process'
import { globSync } from 'node:fs'

/**
 * The path of a program that a Debian package brings; `pattern` may hold `*`. Throws an error that names the package
 * when it is not installed.
 */
export function debianProgram(pattern: string, packageName: string): string {
  const [path] = globSync(pattern)
  if (path !== undefined) return path
  throw new Error(`${pattern} is missing. Install its Debian package: apt-get install ${packageName}`)
}

/** Starts a program whose output on `fd` can be read; what it prints elsewhere is passed over. */
export function startProgram(
  path: string,
  args: string[],
  options: { fd?: 1 | 2 | 3; env?: Record<string, string> } = {},
): ChildProcess {
  const stdio: ('ignore' | 'pipe')[] = ['ignore', 'ignore', 'ignore', 'ignore']
  if (options.fd !== undefined) stdio[options.fd] = 'pipe'
  return spawn(path, args, { stdio, env: { ...process.env, ...options.env } })
}

/** The first match of `pattern` in what `child` prints on `fd`. Throws when it ends before, and after 20 s. */
export async function printed(child: ChildProcess, fd: 1 | 2 | 3, pattern: RegExp): Promise<RegExpExecArray> {
  let text = ''
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => reject(new Error(`${child.spawnfile} ${why}; it printed:\n${text}`))
    const timer = setTimeout(() => fail(`did not print ${pattern} within 20 s`), 20_000)
    child.once('error', ({ message }) => fail(message))
    child.once('exit', (code) => fail(`ended with ${code}`))
    child.stdio[fd]?.on('data', (part: Buffer) => {
      text = `${text}${part.toString()}`.slice(-10_000)
      const match = pattern.exec(text)
      if (match === null) return
      clearTimeout(timer)
      resolve(match)
    })
  })
}

/** Asks a program to end, and after 10 s makes it. */
export async function endProgram(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = new Promise((resolve) => child.once('exit', resolve))
  child.kill(signal)
  const killer = setTimeout(() => child.kill('SIGKILL'), 10_000)
  await exited
  clearTimeout(killer)
}
