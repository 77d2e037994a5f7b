import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** Types, lint, format and unused code, side by side; prints only what failed. Exits 1 when anything did. */

const root = fileURLToPath(new URL('..', import.meta.url))
/** What did not change since the last run is not looked at again. */
const cache = 'node_modules/.cache/check'
const steps: Record<string, string[]> = {
  types: [
    'vue-tsc',
    '--noEmit',
    '-p',
    'tsconfig.json',
    '--incremental',
    '--tsBuildInfoFile',
    `${cache}/types.json`,
  ],
  lint: ['oxlint', '--deny-warnings'],
  format: [
    'prettier',
    '--check',
    '--log-level',
    'warn',
    '--cache',
    '--cache-location',
    `${cache}/format`,
    '.',
  ],
  'unused code': ['knip', '--no-progress'],
}

async function run(name: string, [command = '', ...args]: string[]): Promise<boolean> {
  const child = spawn(`${root}node_modules/.bin/${command}`, args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text: Buffer) => (output += text.toString()))
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  process.stdout.write(code === 0 ? `${name}: fine\n` : `${name}: FAILED\n${output}\n`)
  return code === 0
}

const results = await Promise.all(Object.entries(steps).map(([name, command]) => run(name, command)))
if (results.includes(false)) process.exitCode = 1
