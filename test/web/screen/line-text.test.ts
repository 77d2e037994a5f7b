import { describe, expect, it } from 'vitest'
import { lineCount, lineText } from '../../../web/features/screen/line-text.ts'

describe('a line to type', () => {
  it('gets one Enter at its end, also when it brought its own', () => {
    expect(lineText('ls', true)).toBe('ls\n')
    expect(lineText('ls\npwd\n', true)).toBe('ls\npwd\n')
    expect(lineText('ls', false)).toBe('ls')
  })

  it('counts lines only where line ends were pasted', () => {
    expect(lineCount('ls -l')).toBe(0)
    expect(lineCount('ls\n')).toBe(1)
    expect(lineCount('ls\npwd\nid')).toBe(3)
    expect(lineCount('ls\n\nid\n')).toBe(3)
  })
})
