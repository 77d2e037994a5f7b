import { spawn, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/**
 * `npm run dev`: the demo, started again when the server changes, with the page built again when it changes. The page
 * comes from the real server, so that cookies, Origin checks and CSP are those of every day; reload it by hand.
 */
const root = fileURLToPath(new URL('..', import.meta.url))
// The server decides at its start whether there is a page.
spawnSync(process.execPath, ['scripts/build-page.ts'], { cwd: root, stdio: 'inherit' })
const children = [
  spawn(`${root}node_modules/.bin/vite`, ['build', '--watch', '--logLevel', 'warn'], {
    cwd: root,
    stdio: 'inherit',
  }),
  spawn(process.execPath, ['--watch', 'server/main.js', 'demo'], { cwd: root, stdio: 'inherit' }),
]
const end = (): void => {
  for (const child of children) child.kill('SIGTERM')
}
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, end)
for (const child of children) child.on('exit', end)
