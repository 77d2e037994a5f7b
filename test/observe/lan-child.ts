import { execFileSync } from 'node:child_process'
import type { Device } from '../../server/contract/inventory.ts'
import { LanWatch } from '../../server/observe/lan-watch.ts'
import { readNeighbours } from '../../server/observe/neighbours.ts'
import { ownSegments } from '../../server/observe/own-segments.ts'
import { Pinger } from '../../server/observe/ping.ts'
import { runCheck } from '../../server/observe/run-check.ts'
import { callSegment } from '../../server/observe/segment-call.ts'
import { nas1 } from '../power/power-world.ts'

/**
 * Runs in a network of its own with a cable to another one, `lan-child.ts <pid in the other network>`: a machine answers
 * there, changes its address, and is found. Says on stdout, one JSON a line, what is known after each step.
 */
const [otherPid = ''] = process.argv.slice(2)
const address = '10.9.0.142'
const device: Device = { ...nas1, checks: [{ kind: 'tcp', label: 'SSH', address, port: 22 }] }
const pinger = new Pinger()
let aheadMs = 0
const watch = new LanWatch({
  inventory: { devices: () => [device], device: () => device },
  store: { seenMacs: { all: async () => [], put: async () => undefined } },
  segments: ownSegments,
  read: () => readNeighbours(),
  addressOf: async (name) => name,
  confirm: (other) => pinger.ask(other),
  call: callSegment,
  log: { info: () => undefined, warn: () => undefined },
  now: () => Date.now() + aheadMs,
})

async function look(silentSince: number | null): Promise<void> {
  const { result } = await runCheck({ kind: 'tcp', port: 22 }, address, 2_000)
  aheadMs += silentSince === null ? 0 : 60_000
  watch.noteLook(device.id, silentSince)
  await watch.readNow()
  // What the search found is in the table now.
  await watch.readNow()
  process.stdout.write(`${JSON.stringify({ result, fact: watch.factOf(device.id)?.value ?? null })}\n`)
}

await watch.start()
await look(null)
const change = `ip addr del ${address}/24 dev vb; ip addr add 10.9.0.143/24 dev vb`
execFileSync('nsenter', ['-t', otherPid, '-n', 'sh', '-c', change])
execFileSync('ip', ['neigh', 'flush', 'dev', 'va'])
await look(Date.now())
await watch.close()
