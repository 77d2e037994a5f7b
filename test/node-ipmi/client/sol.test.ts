import { afterEach, expect, test } from 'vitest'
import { getChassisStatus, type IpmiClientOptions, type QuirkName, type SolStream } from 'node-ipmi'
import { PlainBoard } from '../../../server/sim/bmc/plain-board.ts'
import { until } from '../../peers/ipmi/child.ts'
import { type Bench, failure, startBench } from '../support.ts'

let bench: Bench

afterEach(() => bench[Symbol.asyncDispose]())

/** Collects what a console prints. */
function collect(sol: SolStream): { bytes: () => Buffer } {
  const chunks: Buffer[] = []
  sol.onData((data) => chunks.push(Buffer.from(data)))
  return { bytes: () => Buffer.concat(chunks) }
}

function pattern(length: number): Buffer {
  return Buffer.from(Array.from({ length }, (_, i) => (i * 31 + (i >> 8)) & 0xff))
}

test('carries bytes both ways, all 256 values', async () => {
  bench = await startBench()
  const sol = await bench.client().openSol()
  const seen = collect(sol)
  await sol.write(pattern(4000))
  await until('the echo', () => seen.bytes().length === 4000)
  expect(seen.bytes()).toEqual(pattern(4000))
  expect(Buffer.concat(bench.board.typed)).toEqual(pattern(4000))
})

test.each([1, 2, 3])(
  'seed %i: ten percent lost, doubled and reordered, and no byte is lost, doubled or out of order',
  async (seed) => {
    bench = await startBench({ seed })
    const sol = await bench.client({ retransmitMs: 30 }).openSol({ retryMs: 30, maxAttempts: 30 })
    const seen = collect(sol)
    Object.assign(bench.bmc.faults, { lossRate: 0.1, duplicateRate: 0.1, reorderRate: 0.1 })
    await sol.write(pattern(3000))
    await until('the echo', () => seen.bytes().length >= 3000, 15_000)
    expect(seen.bytes()).toEqual(pattern(3000))
    expect(Buffer.concat(bench.board.typed)).toEqual(pattern(3000))
  },
)

test('a UART that takes a few characters at a time gets all of them', async () => {
  bench = await startBench({ board: new PlainBoard({ inputLimit: 7, echoes: false }) })
  const sol = await bench.client().openSol()
  await sol.write(pattern(200))
  expect(Buffer.concat(bench.board.typed)).toEqual(pattern(200))
})

test('after a NACK goes on when the BMC is ready', async () => {
  bench = await startBench({ board: new PlainBoard({ echoes: false }) })
  const sol = await bench.client().openSol()
  bench.bmc.sol.isRefusing = true
  const writing = sol.write(Buffer.from('abc'))
  let isDone = false
  writing.then(
    () => (isDone = true),
    () => undefined,
  )
  await until('the refusal', () => bench.bmc.sol.isRefusing)
  await new Promise((resolve) => setImmediate(resolve))
  expect(isDone).toBe(false)
  bench.bmc.sol.announceReady()
  await writing
  expect(Buffer.concat(bench.board.typed).toString()).toBe('abc')
})

test('sends a break, and a break alone', async () => {
  bench = await startBench()
  const sol = await bench.client().openSol()
  sol.sendBreak()
  await until('the break', () => bench.board.breaks === 1)
  expect(Buffer.concat(bench.board.typed)).toHaveLength(0)
})

test('pause holds the output back, resume lets it come', async () => {
  bench = await startBench()
  const sol = await bench.client().openSol()
  const seen = collect(sol)
  sol.pause()
  await sol.write(Buffer.from('x'))
  bench.board.print('held')
  await sol.write(Buffer.from('y'))
  expect(seen.bytes().toString()).not.toContain('held')
  sol.resume()
  await until('the rest', () => seen.bytes().toString().includes('held'))
})

test('a second console is refused, or takes over from the first when told to', async () => {
  bench = await startBench()
  const first = await bench.client().openSol()
  expect(await failure(bench.client().openSol())).toMatchObject({ code: 'ipmi/busy', what: 'sol' })
  const second = await bench.client().openSol({ takeOver: true })
  expect(await first.ended).toMatchObject({ reason: 'deactivated by the BMC' })
  const seen = collect(second)
  await second.write(Buffer.from('mine'))
  await until('the echo', () => seen.bytes().toString() === 'mine')
})

test('closing frees the console for the next', async () => {
  bench = await startBench()
  const client = bench.client()
  const sol = await client.openSol()
  await sol.close()
  expect(await sol.ended).toEqual({ reason: 'closed', error: undefined })
  const again = await client.openSol()
  expect(again.isOpen).toBe(true)
})

test('after typing that was never acknowledged the console is free for the next', async () => {
  bench = await startBench()
  const client = bench.client()
  const sol = await client.openSol({ retryMs: 20, maxAttempts: 2 })
  bench.bmc.sol.isDeaf = true
  expect(await failure(sol.write(Buffer.from('x')))).toMatchObject({ code: 'ipmi/session-lost' })
  expect(await sol.ended).toMatchObject({ reason: 'not acknowledged' })
  bench.bmc.sol.isDeaf = false
  const again = await client.openSol()
  await again.write(Buffer.from('y'))
  expect(again.isOpen).toBe(true)
})

test('a console that was taken over without a word is left to who has it now', async () => {
  bench = await startBench()
  const client = bench.client()
  const sol = await client.openSol({ retryMs: 20, maxAttempts: 2 })
  const other = bench.client()
  await other.connect()
  const owner = bench.bmc.sessions.all.find((session) => session !== bench.bmc.sol.owner)
  if (!owner) throw new Error('the other session')
  bench.bmc.sol.activate(owner)
  expect(await failure(sol.write(Buffer.from('x')))).toMatchObject({ code: 'ipmi/session-lost' })
  await client.run(getChassisStatus())
  expect(bench.bmc.sol.owner).toBe(owner)
})

test('closing a console whose session the BMC forgot leaves the one that others have opened since', async () => {
  bench = await startBench()
  const client = bench.client()
  const sol = await client.openSol()
  bench.bmc.forgetSessions()
  const theirs = await bench.client().openSol()
  await sol.close()
  // Whoever asks now does so in a new session.
  expect((await client.run(getChassisStatus())).isPowered).toBe(true)
  expect(theirs.isOpen).toBe(true)
  await theirs.write(Buffer.from('still here'))
  expect(bench.bmc.requests.filter((request) => request === '6 49')).toEqual([])
})

test('a lost session ends the console and fails what was being typed', async () => {
  bench = await startBench()
  const client = bench.client({ keepAliveMs: 50 })
  const sol = await client.openSol()
  bench.bmc.forgetSessions()
  const writing = failure(sol.write(Buffer.from('into the void')))
  expect(await sol.ended).toMatchObject({ reason: expect.stringMatching(/session lost|not acknowledged/) })
  expect(await writing).toMatchObject({ code: 'ipmi/session-lost' })
})

test('a user without operator privilege gets no console', async () => {
  bench = await startBench()
  const client = bench.client({ username: 'user', password: 'user' })
  expect(await failure(client.openSol())).toMatchObject({
    code: 'ipmi/refused-credentials',
    reason: 'privilege',
  })
})

test('output before the first listener is kept', async () => {
  bench = await startBench()
  const sol = await bench.client().openSol()
  bench.board.print('early')
  await sol.write(Buffer.from('!'))
  const seen = collect(sol)
  await until('the early output', () => seen.bytes().toString().includes('early'))
})

test.each([
  ['solpayloadsize', 'ipmi/protocol'],
  ['solchannelsupport', 'ipmi/unsupported'],
] as [QuirkName, string][])(
  'a board that needs %s says nonsense; with the quirk SOL works',
  async (quirk, code) => {
    bench = await startBench({ deviations: [quirk] })
    expect(await failure(bench.client().openSol())).toMatchObject({ code })
    const sol = await bench.client({ quirks: [quirk] }).openSol({ takeOver: true })
    const seen = collect(sol)
    await sol.write(pattern(300))
    await until('the echo', () => seen.bytes().length === 300)
  },
)

test('quirk solport stays on the port in use when the BMC names one where nobody listens', async () => {
  bench = await startBench({ deviations: ['solport'] })
  const astray = await bench.client().openSol({ retryMs: 20, maxAttempts: 3 })
  expect(await failure(astray.write(Buffer.from('x')))).toMatchObject({ code: 'ipmi/session-lost' })
  const sol = await bench.client({ quirks: ['solport'] }).openSol({ takeOver: true })
  await sol.write(Buffer.from('x'))
  expect(sol.isOpen).toBe(true)
})

test.each([
  [[], true],
  [['solstatus'], false],
] as [QuirkName[], boolean][])('with quirks %j asks for the activation status: %s', async (quirks, asks) => {
  bench = await startBench()
  await bench.client({ quirks }).openSol()
  expect(bench.bmc.requests.includes('6 4a')).toBe(asks)
})

test.each([
  [[], true],
  [['solchannelsupport'], false],
  [['sun20'], false],
] as [QuirkName[], boolean][])(
  'with quirks %j asks for the channel payload support: %s',
  async (quirks, asks) => {
    bench = await startBench(quirks.includes('sun20') ? { deviations: ['sun20'] } : {})
    await bench.client({ quirks }).openSol()
    expect(bench.bmc.requests.includes('6 4e')).toBe(asks)
  },
)

test.each([
  [{}, 0xc0],
  [{ quirks: ['intelplus'], cipherSuites: [3] }, 0xc2],
  [{ cipherSuites: [2] }, 0x40],
] as [Partial<IpmiClientOptions>, number][])(
  'activation with %j asks for encryption, signing and CTS as byte %i',
  async (options, byte) => {
    bench = await startBench({ suites: [2, 3, 17], deviations: options.quirks ?? [] })
    await bench.client(options).openSol()
    expect(bench.bmc.sol.owner).toBeDefined()
    expect(bench.bmc.solActivations.at(-1)).toBe(byte)
  },
)
