import { describe, expect, it } from 'vitest'
import { hasSettled } from '../../server/observe/start-grace.ts'

const answering = { isLooked: true, isSilent: false }
const silent = { isLooked: true, isSilent: true }
const unseen = { isLooked: false, isSilent: false }

describe('the first minute after a start', () => {
  it.each([
    ['nobody was looked at', 5000, [], false, false],
    ['one was not looked at yet', 5000, [answering, answering, unseen], true, false],
    ['all are silent', 5000, [silent, silent, silent], false, false],
    ['half are silent', 5000, [answering, silent], false, false],
    ['most answer', 5000, [answering, answering, silent], false, true],
    ['all are silent but the gateway answers', 5000, [silent, silent, silent], true, true],
    ['the minute is over', 60_000, [silent, unseen], false, true],
  ])('%s', (_title, sinceStartMs, looks, isGatewayHeard, expected) => {
    expect(hasSettled(sinceStartMs, looks, isGatewayHeard)).toBe(expected)
  })
})
