import { glob, readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'

/** Plain code without a schema library behind it; everything else of the server is types to the page. */
const allowedValues = [
  'server/contract/boot-keys.ts',
  'server/contract/picture-header.ts',
  'server/contract/picture-parts.ts',
  'server/contract/port-label.ts',
  'server/contract/stream-frames.ts',
  'server/contract/text-limits.ts',
]

describe('what the page imports from the server', () => {
  it('is types only, so that no schema library travels to the phone', async () => {
    const offenders: string[] = []
    for await (const file of glob('web/**/*.{ts,vue}')) {
      const text = await readFile(file, 'utf8')
      for (const [, kind, from] of text.matchAll(/import (type )?[^'"]*?from '([^']*server\/[^']*)'/g)) {
        const isAllowed = allowedValues.some((path) => from?.endsWith(path))
        if (kind === undefined && !isAllowed) offenders.push(`${file}: ${from}`)
      }
    }
    expect(offenders).toEqual([])
  })

  it('names the contract alone', async () => {
    const offenders: string[] = []
    for await (const file of glob('web/**/*.{ts,vue}')) {
      const text = await readFile(file, 'utf8')
      for (const [, from] of text.matchAll(/from '([^']*server\/[^']*)'/g)) {
        if (from?.includes('/server/contract/') !== true) offenders.push(`${file}: ${from}`)
      }
    }
    expect(offenders).toEqual([])
  })
})
