import { failBench, printFigure, quantile, spreadOf } from './figure.ts'
import { addPikvm } from '../test/support/fresh-server.ts'
import { startBenchServer } from './support/crashcart.ts'
import { KeyMachine } from './support/key-machine.ts'
import { openBareRelay, openDirect, openThroughCrashcart, type KeyPath } from './support/key-paths.ts'

/**
 * Time from a key event leaving the browser's socket to the machine's USB port: through Crashcart (signed in, in
 * control, validated, tracked) beside the same event sent directly to the same simulated PiKVM, and through a relay
 * that checks nothing (`key-relay.bare-p50`), which is what a second hop costs on this machine. They take turns. The
 * PiKVM has a real nginx in front, as the device has.
 */
const rounds = 1000
const warmUp = 200
const password = 'admin'

/** None of them may always come after the same other one: what that one leaves behind would be counted to it. */
function shuffled<T>(values: readonly T[]): T[] {
  return values
    .map((value) => ({ value, order: Math.random() }))
    .toSorted((one, other) => one.order - other.order)
    .map(({ value }) => value)
}

async function measure(paths: KeyPath[], target: KeyMachine): Promise<void> {
  for (let round = 0; round < rounds + warmUp; round++) {
    for (const path of shuffled(paths)) {
      const code = `Key${String.fromCharCode(65 + (round % 26))}`
      for (const down of [true, false]) {
        const arrival = target.next()
        const sentAt = process.hrtime.bigint()
        path.press(code, down)
        const seen = await arrival
        if (seen.key !== code || seen.down !== down)
          failBench(`${path.name}: sent ${code}, arrived ${seen.key}`)
        if (round >= warmUp) path.times.push(Number(seen.at - sentAt) / 1e6)
      }
    }
  }
}

const target = new KeyMachine()
const pikvm = await target.ready()
const bench = await startBenchServer()
const { deviceId } = await addPikvm(bench, { host: pikvm.host, port: pikvm.port, password }, 'bench')
const crashcart = await openThroughCrashcart(bench.admin.socket(`/api/screen/${deviceId}`))
const bare = await openBareRelay({ ...pikvm, password })
// The viewer's own streamer socket releases all keys when it opens: let that pass first.
await new Promise((resolve) => setTimeout(resolve, 2000))
const direct = await openDirect({ ...pikvm, password })
await measure([direct, bare, crashcart], target)

function print(name: string, path: KeyPath, q: number, goal: number | null): void {
  printFigure({
    name: `key-relay.${name}`,
    value: quantile(path.times, q),
    unit: 'ms',
    reference: quantile(direct.times, q),
    goal,
    n: path.times.length,
    spread: spreadOf(path.times),
  })
}
print('p50', crashcart, 0.5, 2)
print('p99', crashcart, 0.99, null)
print('bare-p50', bare, 0.5, null)
for (const path of [crashcart, bare, direct]) path.close()
await bench.server.stop()
target.end()
