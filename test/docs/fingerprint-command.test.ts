import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { fingerprintCommand } from '../../web/features/inventory/fingerprint-command.ts'

it.each(['README.md', 'docs/guide.md'])(
  '%s compares a PiKVM’s key by the command that the page shows, so that both print the same',
  (file) => {
    expect(readFileSync(file, 'utf8')).toContain(`\`${fingerprintCommand}\``)
  },
)
