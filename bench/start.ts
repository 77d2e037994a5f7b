import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { get } from 'node:http'
import { get as getTls } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { failBench, printFigure, quantile, spreadOf } from './figure.ts'
import { endChild } from './support/bare-process.ts'
import { startBenchServer } from './support/crashcart.ts'
import { fillDevices } from './support/fill-devices.ts'

/**
 * From spawning the process to the first 200, with 50 machines written down. `start.cold`: without a compile cache,
 * as after an update; `start.warm`: as at every later start. Beside the bare http + ws + SQLite process, in turns.
 */
const runs = 7
const root = fileURLToPath(new URL('..', import.meta.url))

/** Polls until the port answers 200; resolves with the ms since `startedAt`. */
async function firstAnswer(ask: () => Promise<number>, startedAt: number): Promise<number> {
  for (;;) {
    const status = await ask().catch(() => 0)
    if (status === 200) return performance.now() - startedAt
    if (performance.now() - startedAt > 20_000) failBench('no answer within 20 s')
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}

function askPlain(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    get({ port, host: '127.0.0.1', agent: false }, (answer) => resolve(answer.resume().statusCode ?? 0)).on(
      'error',
      reject,
    )
  })
}

function askTls(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const options = { port, host: '127.0.0.1', path: '/healthz', rejectUnauthorized: false, agent: false }
    getTls(options, (answer) => resolve(answer.resume().statusCode ?? 0)).on('error', reject)
  })
}

async function timeProcess(
  args: string[],
  env: Record<string, string>,
  ask: () => Promise<number>,
): Promise<number> {
  const startedAt = performance.now()
  const child = spawn(process.execPath, args, {
    cwd: root,
    stdio: 'ignore',
    env: { PATH: process.env['PATH'], ...env },
  })
  const took = await firstAnswer(ask, startedAt)
  await endChild(child)
  return took
}

const bench = await startBenchServer()
await fillDevices(bench, 50)
// The same data directory serves every run; only its compile cache comes and goes.
const home = mkdtempSync(join(tmpdir(), 'crashcart-start-'))
const { dataDir, port } = bench.server
bench.server.child.kill('SIGTERM')
await new Promise((resolve) => bench.server.child.once('exit', resolve))
const env = {
  HOME: home,
  CRASHCART_HOST: '127.0.0.1',
  CRASHCART_PORT: String(port),
  CRASHCART_DATA: join(dataDir, 'data'),
  CRASHCART_KEY_FILE: join(dataDir, 'key', 'crashcart.key'),
  CRASHCART_LOG_LEVEL: 'silent',
}
const times = { bare: [] as number[], cold: [] as number[], warm: [] as number[] }
for (let run = 0; run < runs; run++) {
  times.bare.push(
    await timeProcess(['bench/reference/bare-server.mjs', String(port)], {}, () => askPlain(port)),
  )
  rmSync(join(dataDir, 'data', 'compile-cache'), { recursive: true, force: true })
  times.cold.push(await timeProcess(['server/main.js'], env, () => askTls(port)))
  times.warm.push(await timeProcess(['server/main.js'], env, () => askTls(port)))
}
for (const kind of ['cold', 'warm'] as const) {
  printFigure({
    name: `start.${kind}`,
    value: quantile(times[kind], 0.5),
    unit: 'ms',
    reference: quantile(times.bare, 0.5),
    goal: kind === 'warm' ? 4 : null,
    n: runs,
    spread: spreadOf(times[kind]),
  })
}
for (const path of [home, dataDir]) rmSync(path, { recursive: true, force: true })
