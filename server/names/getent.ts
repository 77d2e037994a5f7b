import { execFile } from 'node:child_process'
import { isIP } from 'node:net'
import { promisify } from 'node:util'

const run = promisify(execFile)

/**
 * Asks the system's own resolver in a process of its own, which knows mDNS and whatever else is set up, and which can
 * be ended: a hanging look-up inside this process would hold one of the few threads that passwords and files need.
 * Rejects when the name has no address, or when aborted.
 */
export async function getentAddresses(name: string, signal: AbortSignal): Promise<string[]> {
  if (name.startsWith('-')) throw new Error(`${name} is no name`)
  const { stdout } = await run('getent', ['ahosts', name], { signal, maxBuffer: 64 * 1024 })
  return parseAhosts(stdout)
}

/** `192.0.2.1  STREAM kvm.lan`, a line for each kind of socket. */
export function parseAhosts(output: string): string[] {
  const addresses = output.split('\n').map((line) => line.split(/\s/)[0] ?? '')
  return [...new Set(addresses.filter((address) => isIP(address) !== 0))]
}
