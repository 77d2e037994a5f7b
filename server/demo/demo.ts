import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Crashcart } from '../assemble.ts'
import type { SettingName } from '../config.ts'
import { startRack } from '../sim/rack.ts'
import { fillInventory } from './fill-inventory.ts'

export type Demo = {
  defaults: Partial<Record<SettingName, string>>
  /** Writes the simulated rack into the inventory; returns the lines to print. */
  fill(crashcart: Crashcart): Promise<string[]>
  close(): Promise<void>
}

const userName = 'demo'

/** Starts the simulated rack, on loopback, and says with which settings Crashcart is to run beside it. */
export async function prepareDemo(): Promise<Demo> {
  const dir = await mkdtemp(join(tmpdir(), 'crashcart-demo-'))
  const rack = await startRack()
  return {
    defaults: {
      CRASHCART_HOST: '127.0.0.1',
      CRASHCART_DATA: join(dir, 'data'),
      CRASHCART_KEY_FILE: join(dir, 'key'),
      CRASHCART_LOG_LEVEL: 'error',
    },
    async fill(crashcart) {
      const lines = await fillFirst(crashcart, rack.description)
      return [
        ...lines,
        ...(rack.controlUrl === null
          ? []
          : ['', `To break and watch the machines: ${rack.controlUrl} (with curl, not in a browser)`]),
      ]
    },
    async close() {
      await rack[Symbol.asyncDispose]()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

/** A demo on a data directory of somebody's own keeps what is there. */
async function fillFirst(
  crashcart: Crashcart,
  description: Parameters<typeof fillInventory>[2],
): Promise<string[]> {
  const code = await crashcart.access.setup.issueCode()
  if (code === null || crashcart.rack === null)
    return ['', 'The data directory is in use already; it was left as it is.']
  const password = randomBytes(9).toString('base64url')
  const admin = await crashcart.access.setup.createAdmin({ code, name: userName, password, trust: false })
  await fillInventory(crashcart.rack, admin, description)
  return [
    '',
    `Demo: sign in as ${userName} with the password ${password}`,
    'All machines are simulated; nothing is kept.',
  ]
}
