import { spawnSync } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const patches = globSync('*.patch', { cwd: import.meta.dirname })

it('every mutation still fits the code that it breaks, and names a test file that is there', () => {
  expect(patches.length).toBeGreaterThan(100)
  const stale = patches.filter((name) => {
    const file = join(import.meta.dirname, name)
    const test = /^test: (\S+)/m.exec(readFileSync(file, 'utf8'))?.[1] ?? ''
    const applied = spawnSync('git', ['apply', '--check', '--recount', '-C1', file], { cwd: root })
    return applied.status !== 0 || !existsSync(join(root, test))
  })
  expect(stale).toEqual([])
})
