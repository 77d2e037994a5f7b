import { glob, readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'

/** Ways by which text would become markup, script, or the name of the page. */
const ways = [
  /\bv-html\b/,
  /\b(?:inner|outer)HTML\b/,
  /\binsertAdjacentHTML\b/,
  /\bdocument\.(?:write|writeln|title)\b/,
  /\bcreateContextualFragment\b/,
  /\bDOMParser\b/,
  /\bnew Function\b/,
  /\beval\(/,
]

it('the page makes no markup, script or title of text, so that what a device says stays text', async () => {
  const offenders: string[] = []
  let files = 0
  for await (const file of glob('web/**/*.{ts,vue,html}')) {
    files += 1
    const text = await readFile(file, 'utf8')
    offenders.push(...ways.filter((way) => way.test(text)).map((way) => `${file}: ${way.source}`))
  }
  expect(files).toBeGreaterThan(100)
  expect(offenders).toEqual([])
})
