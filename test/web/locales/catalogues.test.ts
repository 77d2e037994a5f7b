import { glob } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'

type Words = { [key: string]: Words | string | string[] | ((...args: never[]) => string) }

/** Paths of all words; a sentence with arguments is told from one without, although a language may need fewer. */
function shape(words: Words, path = ''): string[] {
  return Object.entries(words).flatMap(([key, value]) => {
    const here = `${path}${key}`
    if (typeof value === 'function') return [`${here}()`]
    if (typeof value === 'object' && !Array.isArray(value)) return shape(value, `${here}.`)
    return [here]
  })
}

/** All words as text, with letters for the arguments. */
function texts(words: Words): string[] {
  return Object.values(words).flatMap((value) => {
    if (typeof value === 'function') return [said(value as (...args: unknown[]) => string)]
    if (Array.isArray(value)) return value
    return typeof value === 'object' ? texts(value) : [value]
  })
}

/** Most take texts and numbers, some a list. */
function said(sentence: (...args: unknown[]) => string): string {
  try {
    return sentence('x', 'y', 'z')
  } catch {
    return sentence(['x'], ['y'], ['z'])
  }
}

async function catalogues(): Promise<{ file: string; en: Words; ja: Words }[]> {
  const found = []
  for await (const file of glob('web/features/*/*words.ts')) {
    const { en, ja } = (await import(pathToFileURL(file).href)) as { en?: Words; ja?: Words }
    if (en && ja) found.push({ file, en, ja })
  }
  const { en } = (await import('../../../web/locales/en.ts')) as unknown as { en: Words }
  const { ja } = (await import('../../../web/locales/ja.ts')) as unknown as { ja: Words }
  return [...found, { file: 'web/locales', en, ja }]
}

const all = await catalogues()

describe('word catalogues', () => {
  it('are found', () => {
    expect(all.map(({ file }) => file)).toContain('web/features/access/more-words.ts')
    expect(all.length).toBeGreaterThanOrEqual(5)
  })

  it.each(all)('$file has the same keys in both languages', ({ en, ja }) => {
    expect(shape(ja).sort()).toEqual(shape(en).sort())
  })

  it.each(all)('$file never says success, error or OK', ({ en }) => {
    expect(texts(en).filter((text) => /\b(?:success(?:ful|fully)?|error|OK)\b/.test(text))).toEqual([])
  })
})
