import { expect, it } from 'vitest'
import { screenshotName } from '../../../web/features/screen/screenshot.ts'

const at = new Date(2026, 10, 9, 7, 5, 3).getTime()

it('names a saved picture by machine and local time', () => {
  expect(screenshotName('nas1', at)).toBe('nas1 2026-11-09 07.05.03.png')
})

it('leaves out what a file system refuses, and keeps other scripts', () => {
  expect(screenshotName('a/b:c*\u0007 機器', at)).toBe('a_b_c__ 機器 2026-11-09 07.05.03.png')
  expect(screenshotName('', at)).toBe('screen 2026-11-09 07.05.03.png')
})
