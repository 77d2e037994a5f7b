import { fork, type ChildProcess } from 'node:child_process'
import { WebSocket } from 'ws'
import { failBench, printFigure, quantile, spreadOf } from './figure.ts'
import { addPikvm, startBenchServer } from './support/crashcart.ts'

/**
 * Time from a key event leaving the browser's socket to the machine's USB port: through Crashcart (signed in, in
 * control, validated, tracked) beside the same event sent directly to the same simulated PiKVM. Both take turns.
 */
const rounds = 1000
const warmUp = 200
const password = 'admin'

type Path = { name: string; press(code: string, down: boolean): void; times: number[] }

type Seen = { key: string; down: boolean; at: bigint }
type Told =
  { type: 'ready'; host: string; port: number } | { type: 'key'; key: string; down: boolean; at: string }

/** The machine in its own process, as a real one is; `next` resolves at its next key event. */
class Target {
  readonly #child: ChildProcess
  #next: ((seen: Seen) => void) | null = null
  #where: { host: string; port: number } | null = null

  constructor() {
    this.#child = fork(new URL('./support/key-target.ts', import.meta.url))
  }

  async ready(): Promise<{ host: string; port: number }> {
    await new Promise<void>((resolve, reject) => {
      this.#child.once('exit', () => reject(new Error('the simulated machine did not start')))
      this.#child.on('message', (told: Told) => {
        if (told.type === 'ready') this.#where = told
        if (told.type === 'ready') resolve()
        else this.#next?.({ key: told.key, down: told.down, at: BigInt(told.at) })
      })
    })
    if (this.#where === null) throw new Error('unreachable')
    return this.#where
  }

  next(): Promise<Seen> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => failBench('a key did not arrive within 2 s'), 2000)
      this.#next = (seen) => {
        clearTimeout(timer)
        resolve(seen)
      }
    })
  }

  end(): void {
    this.#child.disconnect()
  }
}

async function openDirect(pikvm: { host: string; port: number }): Promise<{ socket: WebSocket; path: Path }> {
  const socket = new WebSocket(`wss://${pikvm.host}:${pikvm.port}/api/ws?stream=0`, {
    rejectUnauthorized: false,
    perMessageDeflate: false,
    headers: { 'X-KVMD-User': 'admin', 'X-KVMD-Passwd': password },
  })
  await new Promise((resolve, reject) => socket.once('message', resolve).once('error', reject))
  const press = (code: string, down: boolean): void =>
    socket.send(Buffer.concat([Buffer.from([1, down ? 1 : 0]), Buffer.from(code)]))
  return { socket, path: { name: 'direct', press, times: [] } }
}

async function openThroughCrashcart(socket: WebSocket): Promise<Path> {
  let seq = 0
  const inControl = new Promise<void>((resolve, reject) => {
    socket.on('error', reject)
    socket.on('message', (data, isBinary) => {
      if (isBinary) return
      const message = JSON.parse(String(data)) as { type: string; you?: boolean }
      if (message.type === 'control' && message.you === true) resolve()
      if (message.type === 'inputRefused') failBench(`input was refused: ${String(data)}`)
    })
  })
  await new Promise((resolve) => socket.once('open', resolve))
  // The picture is not what is measured here.
  socket.send(JSON.stringify({ type: 'pause', paused: true }))
  socket.send(JSON.stringify({ type: 'take' }))
  await inControl
  return {
    name: 'crashcart',
    press: (code, down) => socket.send(JSON.stringify({ type: 'key', seq: ++seq, code, down })),
    times: [],
  }
}

async function measure(paths: Path[], target: Target): Promise<void> {
  for (let round = 0; round < rounds + warmUp; round++) {
    for (const path of paths) {
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

const target = new Target()
const pikvm = await target.ready()
const bench = await startBenchServer()
const deviceId = await addPikvm(bench, {
  host: pikvm.host,
  port: pikvm.port,
  user: 'admin',
  password,
  name: 'bench',
})
const socket = bench.admin.socket(`/api/screen/${deviceId}`)
const crashcart = await openThroughCrashcart(socket)
// The viewer's own streamer socket releases all keys when it opens: let that pass first.
await new Promise((resolve) => setTimeout(resolve, 2000))
const direct = await openDirect(pikvm)
await measure([direct.path, crashcart], target)
for (const q of [0.5, 0.99]) {
  printFigure({
    name: `key-relay.p${q * 100}`,
    value: quantile(crashcart.times, q),
    unit: 'ms',
    reference: quantile(direct.path.times, q),
    goal: q === 0.5 ? 2 : null,
    n: crashcart.times.length,
    spread: spreadOf(crashcart.times),
  })
}
socket.terminate()
direct.socket.terminate()
await bench.server.stop()
target.end()
