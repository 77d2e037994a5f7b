import { execFile } from 'node:child_process'
import { isIP } from 'node:net'

/** One line of the kernel's neighbour table. `isFresh`: confirmed a moment ago, not a memory. */
export type Neighbour = { address: string; mac: string; isFresh: boolean }

const limitMs = 2000
const maxBytes = 4_000_000
const freshStates: readonly string[] = ['REACHABLE', 'DELAY', 'PROBE', 'PERMANENT']
const goneStates: readonly string[] = ['FAILED', 'INCOMPLETE']

/** Whose hardware answered for which address, as the kernel knows it; null where it cannot be asked. Never throws. */
export function readNeighbours(program = 'ip'): Promise<Neighbour[] | null> {
  return new Promise((resolve) => {
    const options = { timeout: limitMs, maxBuffer: maxBytes, killSignal: 'SIGKILL' } as const
    execFile(program, ['-j', 'neigh', 'show'], options, (error, stdout) => {
      resolve(error === null ? parseNeighbours(stdout) : null)
    })
  })
}

/**
 * Reads the JSON of `ip -j neigh`; null when it is none. What has no hardware address, or did not answer for it, is left
 * out. @see ip-neighbour(8)
 */
export function parseNeighbours(text: string): Neighbour[] | null {
  try {
    const lines: unknown = JSON.parse(text === '' ? '[]' : text)
    return Array.isArray(lines) ? lines.flatMap(neighbourOf) : null
  } catch {
    // BusyBox has an `ip` without JSON: then nothing is known.
    return null
  }
}

function neighbourOf(line: unknown): Neighbour[] {
  if (typeof line !== 'object' || line === null) return []
  const { dst, lladdr, state } = line as { dst?: unknown; lladdr?: unknown; state?: unknown }
  const mac = macOf(lladdr)
  if (typeof dst !== 'string' || isIP(dst) === 0 || mac === null) return []
  const states = Array.isArray(state) ? state : [state]
  if (states.some((one) => goneStates.includes(String(one)))) return []
  return [{ address: dst, mac, isFresh: states.some((one) => freshStates.includes(String(one))) }]
}

/** `02:00:00:00:00:01`, however it was written; null for what is no hardware address of one machine. */
export function macOf(text: unknown): string | null {
  if (typeof text !== 'string') return null
  const digits = text.toLowerCase().replaceAll(/[:.-]/g, '')
  if (!/^[0-9a-f]{12}$/.test(digits) || digits === '000000000000') return null
  // The lowest bit of the first byte: a group, not a machine.
  if ((Number.parseInt(digits.slice(0, 2), 16) & 1) === 1) return null
  return (digits.match(/../g) ?? []).join(':')
}
