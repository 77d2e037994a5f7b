import { writeFileSync } from 'node:fs'
import { createSocket } from 'node:dgram'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** A name server that hears every question and never answers. */
export type BlackHoledDns = { port: number; questions(): number; close(): Promise<void> }

export async function startBlackHoledDns(): Promise<BlackHoledDns> {
  let heard = 0
  const socket = createSocket('udp4', () => (heard += 1))
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  return {
    port: (socket.address() as AddressInfo).port,
    questions: () => heard,
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  }
}

/**
 * What makes a Node process ask that name server: a setting for its environment. `/etc/resolv.conf`, where an
 * administrator would write it, takes no port and is not a test's to change.
 */
export function askingOnly({ port }: BlackHoledDns, folder: string): { NODE_OPTIONS: string } {
  const file = join(folder, 'dns.mjs')
  writeFileSync(
    file,
    `import dns from 'node:dns'
import { syncBuiltinESMExports } from 'node:module'
dns.promises.Resolver = class extends dns.promises.Resolver {
  constructor(options) {
    super(options)
    this.setServers(['127.0.0.1:${port}'])
  }
}
syncBuiltinESMExports()
`,
  )
  return { NODE_OPTIONS: `--import=${pathToFileURL(file).href}` }
}
