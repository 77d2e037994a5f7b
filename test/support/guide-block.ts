import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { repoRoot } from './server-process.ts'

/** The first code block of a language in a page of the guide: what its readers copy. */
export function guideBlock(page: string, language: string): string {
  const text = readFileSync(join(repoRoot, 'docs', page), 'utf8')
  const block = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'ms').exec(text)?.[1]
  if (block === undefined) throw new Error(`docs/${page} has no block of ${language}`)
  return block
}

/** The same text with each of these put in another's place. Throws when one is not there: then the guide has changed. */
export function withReplaced(text: string, places: Readonly<Record<string, string>>): string {
  return Object.entries(places).reduce((all, [from, to]) => {
    if (!all.includes(from)) throw new Error(`the guide does not say "${from}" any more`)
    return all.replaceAll(from, to)
  }, text)
}
