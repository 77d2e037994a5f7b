import { spawnSync } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const patches = globSync('*.patch', { cwd: import.meta.dirname })
const read = (name: string): string => readFileSync(join(import.meta.dirname, name), 'utf8')

it('every mutation still fits the code that it breaks', () => {
  expect(patches.length).toBeGreaterThan(100)
  const stale = patches.filter((name) => {
    const file = join(import.meta.dirname, name)
    return spawnSync('git', ['apply', '--check', '--recount', '-C1', file], { cwd: root }).status !== 0
  })
  expect(stale).toEqual([])
  // A process for each.
}, 60_000)

it('every mutation names a test that is there, as far as that can be read without running it', () => {
  const lost = patches.filter((name) => {
    const [, file = '', title = ''] = /^test: (\S+)(?: -t (.+))?$/m.exec(read(name)) ?? []
    if (file === '' || !existsSync(join(root, file))) return true
    const text = readFileSync(join(root, file), 'utf8')
    // Of a title that is put together only the words can be found.
    return (title.match(/[\p{L}\p{N}]+/gu) ?? []).some((word) => !text.includes(word))
  })
  expect(lost).toEqual([])
})
