import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Pinger, runPing } from '../../server/observe/ping.ts'

describe('ping', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'crashcart-ping-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  /** A program in the place of ping that writes down its arguments. */
  const program = (body: string): string => {
    const file = join(folder, 'ping')
    writeFileSync(file, `#!/bin/sh\nfor a in "$@"; do printf '%s\\n' "$a" >> ${folder}/args; done\n${body}\n`)
    chmodSync(file, 0o755)
    return file
  }
  const nowhere = () => new Set<string>()

  it('asks the system’s own program, which knows whether somebody is there', async () => {
    expect(await runPing('ping', '127.0.0.1')).toBe(true)
  })

  it('hands the address over as one argument, and nothing that is no address', async () => {
    const file = program('exit 0')
    expect(await runPing(file, '192.0.2.7')).toBe(true)
    expect(readFileSync(join(folder, 'args'), 'utf8').split('\n')).toEqual([
      '-n',
      '-q',
      '-c',
      '1',
      '-W',
      '2',
      '--',
      '192.0.2.7',
      '',
    ])
    for (const text of ['-f', '$(reboot)', 'nas1', '']) expect(await runPing(file, text)).toBe('failed')
    expect(readFileSync(join(folder, 'args'), 'utf8').split('\n')).toHaveLength(9)
  })

  it.each([
    ['exit 0', true],
    ['exit 1', false],
    ['exit 2', 'failed'],
    ['kill -9 $$', 'failed'],
  ] as const)('takes "%s" for %s', async (body, answer) => {
    expect(await runPing(program(body), '192.0.2.7')).toBe(answer)
  })

  it('says that there is no such program', async () => {
    expect(await runPing(join(folder, 'none'), '192.0.2.7')).toBe('absent')
  })

  it('does not ask the computer that Crashcart runs on about a machine behind a tunnel', async () => {
    const file = program('exit 0')
    const pinger = new Pinger({ program: file, ownAddresses: () => new Set(['10.0.0.5']) })
    const asked = ['127.0.0.1', '127.77.1.1', '::1', '10.0.0.5'].map((address) => pinger.ask(address))
    expect(await Promise.all(asked)).toEqual(Array(4).fill('ownAddress'))
    expect(await pinger.ask('10.0.0.6')).toBe(true)
    expect(readFileSync(join(folder, 'args'), 'utf8')).not.toMatch(/127|10\.0\.0\.5/)
  })

  it('lets a second caller join a ping under way', async () => {
    const pinger = new Pinger({ program: program('exit 1'), ownAddresses: nowhere })
    expect(await Promise.all([pinger.ask('192.0.2.1'), pinger.ask('192.0.2.1')])).toEqual([false, false])
    expect(readFileSync(join(folder, 'args'), 'utf8').match(/192\.0\.2\.1/g)).toHaveLength(1)
  })
})
