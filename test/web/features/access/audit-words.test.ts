import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { en, ja } from '../../../../web/features/access/audit-words.ts'
import { repoRoot } from '../../../support/server-process.ts'

/** Names like `power.effect` in the parts of the server that write the audit trail. */
function recordedEvents(): string[] {
  const files = globSync('server/{access,inventory,power,consoles,http}/**/*.ts', { cwd: repoRoot })
  const text = files.map((file) => readFileSync(join(repoRoot, file), 'utf8')).join('\n')
  const subjects = [...new Set(Object.keys(en).map((event) => event.split('.')[0]))].join('|')
  return [...new Set(text.match(new RegExp(`(?<=')(${subjects})\\.[a-z][a-zA-Z]+(?=')`, 'g')))]
}

it('every event that is recorded has a name in both languages', () => {
  const events = recordedEvents()
  expect(events).toContain('power.back')
  expect(events.length).toBeGreaterThan(25)
  for (const words of [en, ja]) expect(events.filter((event) => words[event] === undefined)).toEqual([])
})
