import { spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'

/** `npm run bench [NAME]`: runs one benchmark, or all, one after another; exits 1 when any was void. */

const folder = fileURLToPath(new URL('.', import.meta.url))
const support = new Set(['run', 'figure', 'shaper'])
const names = globSync('*.ts', { cwd: folder })
  .map((file) => basename(file, '.ts'))
  .filter((name) => !support.has(name))
  .toSorted()
const wanted = process.argv[2]
if (wanted !== undefined && !names.includes(wanted)) {
  process.stderr.write(`No benchmark "${wanted}". There are: ${names.join(', ')}\n`)
  process.exit(2)
}
for (const name of wanted === undefined ? names : [wanted]) {
  const { status } = spawnSync(process.execPath, [`${folder}${name}.ts`], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  if (status !== 0) process.exitCode = 1
}
