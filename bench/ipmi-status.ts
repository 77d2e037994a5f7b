import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { getChassisStatus, IpmiClient } from 'node-ipmi'
import { runReferee } from '../test/peers/ipmi/child.ts'
import { requireProgram } from '../test/peers/ipmi/debian.ts'
import { startIpmiSim } from '../test/peers/ipmi/ipmi-sim.ts'
import { failBench, printFigure, quantile, spreadOf } from './figure.ts'

/**
 * Chassis status of a BMC (ipmi_sim, cipher suite 3) with the session already open: ours beside `ipmitool shell` and
 * interactive `ipmipower`, taking turns of `block` queries in one run; one-shot `ipmitool` is given on stderr.
 */
const rounds = 10
const block = 200
/** Queries at the start of each turn that are not counted: the others have just used the caches. */
const warmUp = 20
const oneShots = 15

type Tool = { name: string; ask: () => Promise<void>; times: number[]; end: () => void | Promise<void> }

/** An interactive program: one line in, and the answer is whatever matches `pattern`. */
function interactive(name: string, program: string, args: string[], line: string, pattern: RegExp): Tool {
  // The tools hold their output back when it goes to a pipe.
  const child: ChildProcessWithoutNullStreams = spawn(requireProgram('stdbuf'), ['-o0', program, ...args])
  let text = ''
  let onAnswer: (() => void) | undefined
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString()
    if (!pattern.test(text)) return
    text = ''
    onAnswer?.()
  })
  const ask = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${name} gave no answer within 5 s`)), 5000)
      onAnswer = () => {
        clearTimeout(timer)
        resolve()
      }
      child.stdin.write(line)
    })
  return { name, ask, times: [], end: () => void child.kill() }
}

function toolsFor(port: number): Tool[] {
  const where = [
    '-I',
    'lanplus',
    '-C',
    '3',
    '-H',
    '127.0.0.1',
    '-p',
    String(port),
    '-U',
    'admin',
    '-P',
    'admin',
  ]
  const client = new IpmiClient({
    host: '127.0.0.1',
    port,
    username: 'admin',
    password: 'admin',
    cipherSuites: [3],
  })
  const ask = async (): Promise<void> => {
    if ((await client.run(getChassisStatus())).isPowered) failBench('the machine should be off')
  }
  const shell = [...where, 'shell']
  // ipmi_sim answers "highest privilege" with 0, which FreeIPMI takes only with this workaround.
  const login = ['-u', 'admin', '-p', 'admin', '-D', 'LAN_2_0', '-I', '3', '-W', 'opensesspriv']
  const power = ['-h', `127.0.0.1:${port}`, ...login]
  return [
    { name: 'node-ipmi', ask, times: [], end: () => client.close() },
    interactive(
      'ipmitool shell',
      requireProgram('ipmitool'),
      shell,
      'chassis power status\n',
      /Chassis Power is off/,
    ),
    interactive('ipmipower', requireProgram('ipmipower'), power, 'stat\n', /: off/),
  ]
}

async function time(tool: Tool): Promise<number> {
  const startedAt = performance.now()
  await tool.ask()
  return performance.now() - startedAt
}

async function measureOneShot(port: number): Promise<number> {
  const args = [
    '-I',
    'lanplus',
    '-C',
    '3',
    '-H',
    '127.0.0.1',
    '-p',
    String(port),
    '-U',
    'admin',
    '-P',
    'admin',
  ]
  const times: number[] = []
  for (let i = 0; i < oneShots; i++) {
    const startedAt = performance.now()
    const { stdout } = await runReferee(requireProgram('ipmitool'), [...args, 'chassis', 'power', 'status'])
    if (!stdout.includes('Chassis Power is off')) failBench(`ipmitool said ${stdout}`)
    times.push(performance.now() - startedAt)
  }
  return quantile(times, 0.5)
}

const sim = await startIpmiSim()
const tools = toolsFor(sim.port)
for (let round = 0; round <= rounds; round++) {
  for (const tool of tools) {
    for (let i = 0; i < block; i++) {
      const ms = await time(tool).catch((error: unknown) => failBench(String(error)))
      if (round > 0 && i >= warmUp) tool.times.push(ms)
    }
  }
}
const [ours, ...others] = tools
if (!ours) throw new Error('unreachable')
for (const tool of tools) {
  process.stderr.write(
    `${tool.name}: p50 ${quantile(tool.times, 0.5).toFixed(3)} ms, p99 ${quantile(tool.times, 0.99).toFixed(3)} ms\n`,
  )
}
process.stderr.write(`ipmitool, a process each: p50 ${(await measureOneShot(sim.port)).toFixed(1)} ms\n`)
printFigure({
  name: 'ipmi-status.p50',
  value: quantile(ours.times, 0.5),
  unit: 'ms',
  reference: Math.min(...others.map((tool) => quantile(tool.times, 0.5))),
  goal: 0.25,
  n: ours.times.length,
  spread: spreadOf(ours.times),
})
for (const tool of tools) await tool.end()
await sim[Symbol.asyncDispose]()
