import type { Pinger } from './ping.ts'
import { runCheck } from './run-check.ts'

/** What a router may have open, or refuses: either is a sign of life. */
const ports = [53, 80, 443, 22]
const limitMs = 2000

/**
 * Makes the function that looks for any sign of life of a gateway: ping, else another ping or a connection that it
 * accepts or refuses. One lost packet is not silence.
 */
export function makeGatewayAsk(pinger: Pick<Pinger, 'ask'>): (address: string) => Promise<boolean> {
  return async (address) => {
    if ((await pinger.ask(address)) === true) return true
    const looks = ports.map((port) => runCheck({ kind: 'tcp', port }, address, limitMs))
    const [ping, ...found] = await Promise.all([pinger.ask(address), ...looks])
    return ping === true || found.some(({ result }) => result !== 'noAnswer')
  }
}
