import { globSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { en as more } from '../../web/features/access/more-words.ts'
import { en as outside } from '../../web/features/access/outside-words.ts'

const rows: readonly unknown[] = [...Object.values(more), outside.title]
const said = ['README.md', ...globSync('docs/**/*.md')].flatMap((file) =>
  [...readFileSync(file, 'utf8').matchAll(/\*More → ([^*]+)\*/g)].map(([, name]) => `${file}: ${name}`),
)

it('the guide calls the pages under More what the page itself calls them', () => {
  expect(said.length).toBeGreaterThan(8)
  expect(said.filter((one) => !rows.includes(one.slice(one.indexOf(': ') + 2)))).toEqual([])
})
