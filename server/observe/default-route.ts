import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)
const limitMs = 2000

/**
 * The gateway of this computer's default route, null when there is none (or no way to ask). From the kernel's table;
 * from `ip` where that has none, which also knows IPv6.
 */
export async function findGateway(): Promise<string | null> {
  const table = await readFile('/proc/net/route', 'utf8').catch(() => '')
  return gatewayInProc(table) ?? (await askIp('-4')) ?? (await askIp('-6'))
}

async function askIp(family: '-4' | '-6'): Promise<string | null> {
  try {
    const { stdout } = await run('ip', ['-j', family, 'route', 'show', 'default'], { timeout: limitMs })
    return gatewayInRoutes(stdout)
  } catch {
    // No such program, or not for this family: then nobody knows of a gateway.
    return null
  }
}

const isUp = 1
const hasGateway = 2

/** Gateway of the default route of least metric in the text of `/proc/net/route`. */
export function gatewayInProc(table: string): string | null {
  const routes = table
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter(([, destination, , flags = '', , , , mask]) => {
      const bits = Number.parseInt(flags, 16)
      return (
        destination === '00000000' && mask === '00000000' && (bits & isUp) !== 0 && (bits & hasGateway) !== 0
      )
    })
    .sort((a, b) => Number(a[6]) - Number(b[6]))
  const hex = routes[0]?.[2]
  // An address in the order of the processor's bytes, which is little-endian on all that Crashcart runs on.
  return hex === undefined ? null : [...Buffer.from(hex, 'hex')].toReversed().join('.')
}

/** Gateway of the usable default route of least metric in the JSON of `ip -j route`. */
export function gatewayInRoutes(json: string): string | null {
  const routes = (JSON.parse(json) as unknown[]).flatMap((route) => {
    const { dst, gateway, dev, metric = 0, flags = [] } = route as Partial<Route>
    const isUsable = dst === 'default' && gateway !== undefined && !flags.includes('linkdown')
    return isUsable ? [{ metric, address: withZone(gateway, dev) }] : []
  })
  return routes.sort((a, b) => a.metric - b.metric)[0]?.address ?? null
}

type Route = { dst: string; gateway: string; dev: string; metric: number; flags: string[] }

/** A link-local address means nothing without its link. */
function withZone(address: string, dev: string | undefined): string {
  return address.startsWith('fe80:') && dev !== undefined ? `${address}%${dev}` : address
}
