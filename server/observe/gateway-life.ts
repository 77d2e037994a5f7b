import type { Pinger } from './ping.ts'
import { runCheck } from './run-check.ts'

/** What a router may have open, or refuses: either is a sign of life. */
const ports = [53, 80, 443, 22]
const limitMs = 2000
/** A router that only refuses does so about once a second, for everybody together. */
const rounds = 2

/**
 * Makes the function that looks for any sign of life of a gateway: ping, else another ping or a connection that it
 * accepts or refuses, twice. Lost packets are not silence.
 */
export function makeGatewayAsk(
  pinger: Pick<Pinger, 'ask'>,
  look: typeof runCheck = runCheck,
): (address: string) => Promise<boolean> {
  async function showsLife(address: string): Promise<boolean> {
    const looks = ports.map((port) => look({ kind: 'tcp', port }, address, limitMs))
    const [ping, ...found] = await Promise.all([pinger.ask(address), ...looks])
    return ping === true || found.some(({ result }) => result !== 'noAnswer')
  }

  return async (address) => {
    if ((await pinger.ask(address)) === true) return true
    for (let round = 0; round < rounds; round++) if (await showsLife(address)) return true
    return false
  }
}
