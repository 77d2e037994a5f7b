import { fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { IpmiClient } from 'node-ipmi'
import { requireProgram } from '../test/peers/ipmi/debian.ts'
import { failBench, printFigure, quantile, spreadOf } from './figure.ts'
import { solPattern } from './support/sol-pattern.ts'

/**
 * Text printed by a machine, through Serial-over-LAN: ours beside `ipmitool sol` on the same BMC and cipher suite 17,
 * taking turns; every byte is compared. SOL has one packet of at most 250 characters in flight.
 */
const bytes = 1_000_000
const rounds = 7

const pattern = solPattern(bytes)

function rateOf(startedAt: number): number {
  return bytes / 1000 / (performance.now() - startedAt)
}

function compare(who: string, received: Buffer): void {
  if (!received.equals(pattern)) failBench(`${who}: what arrived is not what the machine printed`)
}

/** MB/s with our client. */
async function measureOurs(port: number): Promise<number> {
  await using client = new IpmiClient({ host: '127.0.0.1', port, username: 'admin', password: 'admin' })
  await using sol = await client.openSol()
  const chunks: Buffer[] = []
  let length = 0
  const { promise, resolve } = Promise.withResolvers<void>()
  sol.onData((data) => {
    chunks.push(Buffer.from(data))
    length += data.length
    if (length >= bytes) resolve()
  })
  const startedAt = performance.now()
  await sol.write(Buffer.from('g'))
  await promise
  const rate = rateOf(startedAt)
  compare('node-ipmi', Buffer.concat(chunks))
  return rate
}

/** MB/s with ipmitool, on a terminal as it demands. */
async function measureIpmitool(port: number): Promise<number> {
  const tool = `${requireProgram('ipmitool')} -I lanplus -C 17 -H 127.0.0.1 -p ${port} -U admin -P admin sol activate`
  const child = spawn(requireProgram('script'), ['-qc', tool, '/dev/null'])
  const { promise, resolve } = Promise.withResolvers<void>()
  let head = ''
  const chunks: Buffer[] = []
  let length = 0
  let startedAt = 0
  child.stdout.on('data', (data: Buffer) => {
    if (startedAt === 0) {
      head += data.toString()
      if (!head.includes('for help]')) return
      startedAt = performance.now()
      child.stdin.write('g')
      return
    }
    chunks.push(data)
    length += data.length
    if (length >= bytes) resolve()
  })
  const timer = setTimeout(
    () => failBench(`ipmitool brought ${length} of ${bytes} bytes in 60 s: ${head}`),
    60_000,
  )
  await promise
  clearTimeout(timer)
  const rate = rateOf(startedAt)
  child.stdin.write('\r~.')
  await once(child, 'exit')
  compare('ipmitool', withoutBanner(Buffer.concat(chunks)))
  return rate
}

/** The end of the banner's line may come in a piece of its own. */
function withoutBanner(received: Buffer): Buffer {
  const start = received.indexOf('00000000 ')
  return received.subarray(Math.max(0, start), Math.max(0, start) + bytes)
}

const source = fork(new URL('./support/sol-source.ts', import.meta.url), [String(bytes)])
const [{ port }] = (await once(source, 'message')) as [{ port: number }]
const ours: number[] = []
const theirs: number[] = []
for (let round = 0; round < rounds; round++) {
  ours.push(await measureOurs(port))
  theirs.push(await measureIpmitool(port))
}
printFigure({
  name: 'sol-throughput.rate',
  value: quantile(ours, 0.5),
  unit: 'MB/s',
  reference: quantile(theirs, 0.5),
  goal: null,
  n: rounds,
  spread: spreadOf(ours),
})
source.disconnect()
