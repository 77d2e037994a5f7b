import { spawnSync } from 'node:child_process'
import { globSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Builds the page only when it is missing or older than its sources, so that a start is quick. */

const root = fileURLToPath(new URL('..', import.meta.url))
const sources = ['web/**/*', 'server/contract/*', 'vite.config.ts', 'package-lock.json']

function newest(patterns: string[]): number {
  const files = globSync(patterns, { cwd: root }).map((file) => statSync(root + file))
  return Math.max(0, ...files.filter((file) => file.isFile()).map((file) => file.mtimeMs))
}

function builtAt(): number {
  return statSync(`${root}dist/web/index.html`, { throwIfNoEntry: false })?.mtimeMs ?? 0
}

if (builtAt() < newest(sources)) {
  process.stderr.write('Building the page (once; a few seconds)…\n')
  const built = spawnSync(`${root}node_modules/.bin/vite`, ['build', '--logLevel', 'warn'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  if (built.status !== 0) {
    process.stderr.write('The page could not be built; the lines above say why. Nothing was started.\n')
    process.exit(1)
  }
}
