import { expect, test } from 'vitest'
import {
  initialSol,
  type SolConfig,
  type SolEffect,
  type SolInput,
  type SolState,
  solWakeMs,
  stepSol,
} from '../../../server/node-ipmi/src/session/sol-machine.ts'
import type { SolPacket } from '../../../server/node-ipmi/src/wire/sol-packet.ts'

const config: SolConfig = {
  timing: { retryMs: 100, maxAttempts: 3, nackPauseMs: 500 },
  maxChars: 4,
  bumpSequence: false,
}
const none = Buffer.alloc(0)

/** Runs inputs one after another at the times given; collects effects. */
class Run {
  state: SolState = initialSol
  readonly config: SolConfig

  constructor(overrides: Partial<SolConfig> = {}) {
    this.config = { ...config, ...overrides }
  }

  do(input: SolInput, nowMs = 0): SolEffect[] {
    const result = stepSol(this.config, this.state, input, nowMs)
    this.state = result.state
    return result.effects
  }

  write(text: string, nowMs = 0): SolEffect[] {
    return this.do({ type: 'write', data: Buffer.from(text) }, nowMs)
  }

  packet(packet: Partial<SolPacket>, nowMs = 0): SolEffect[] {
    const whole = { sequence: 0, ackSequence: 0, acceptedCount: 0, flags: 0, data: none, ...packet }
    return this.do({ type: 'packet', packet: whole }, nowMs)
  }
}

function sent(effects: SolEffect[]): Partial<SolPacket>[] {
  return effects.flatMap((effect) => (effect.type === 'send' ? [effect.packet] : []))
}

test('sends one packet at a time and the rest after its acknowledgement', () => {
  const run = new Run()
  expect(sent(run.write('abcdef'))).toMatchObject([{ sequence: 1, data: Buffer.from('abcd') }])
  expect(sent(run.write('gh'))).toEqual([])
  const next = run.packet({ ackSequence: 1, acceptedCount: 4 })
  expect(next).toMatchObject([
    { type: 'accepted', count: 4 },
    { type: 'send', packet: { sequence: 2, data: Buffer.from('ef') } },
  ])
  expect(sent(run.packet({ ackSequence: 2, acceptedCount: 2 }))).toMatchObject([
    { sequence: 3, data: Buffer.from('gh') },
  ])
})

test('repeats an unacknowledged packet under its sequence and gives up after the last attempt', () => {
  const run = new Run()
  run.write('ab')
  expect(solWakeMs(run.state)).toBe(100)
  expect(sent(run.do({ type: 'tick' }, 99))).toEqual([])
  expect(sent(run.do({ type: 'tick' }, 100))).toMatchObject([{ sequence: 1, data: Buffer.from('ab') }])
  expect(sent(run.do({ type: 'tick' }, 200))).toMatchObject([{ sequence: 1 }])
  expect(run.do({ type: 'tick' }, 300)).toEqual([{ type: 'closed', reason: 'not acknowledged' }])
  expect(run.write('x')).toEqual([])
})

test('quirk solpacketseq tries one more round under the next sequence', () => {
  const run = new Run({ bumpSequence: true })
  run.write('ab')
  run.do({ type: 'tick' }, 100)
  run.do({ type: 'tick' }, 200)
  expect(sent(run.do({ type: 'tick' }, 300))).toMatchObject([{ sequence: 2, data: Buffer.from('ab') }])
  run.do({ type: 'tick' }, 400)
  run.do({ type: 'tick' }, 500)
  expect(run.do({ type: 'tick' }, 600)).toMatchObject([{ type: 'closed' }])
})

test('sends only the rest after a partial acknowledgement, under the next sequence', () => {
  const run = new Run()
  run.write('abcd')
  expect(run.packet({ ackSequence: 1, acceptedCount: 3 })).toMatchObject([
    { type: 'accepted', count: 3 },
    { type: 'send', packet: { sequence: 2, data: Buffer.from('d') } },
  ])
})

test('after a NACK waits until the BMC calls', () => {
  const run = new Run()
  run.write('abcd')
  expect(sent(run.packet({ ackSequence: 1, acceptedCount: 1, flags: 0x60 }, 10))).toEqual([])
  expect(sent(run.do({ type: 'tick' }, 400))).toEqual([])
  expect(sent(run.packet({}, 420))).toMatchObject([{ sequence: 2, data: Buffer.from('bcd') }])
})

test('after a NACK offers the rest again when nobody calls', () => {
  const run = new Run()
  run.write('ab')
  run.packet({ ackSequence: 1, acceptedCount: 0, flags: 0x60 }, 10)
  expect(solWakeMs(run.state)).toBe(510)
  expect(sent(run.do({ type: 'tick' }, 510))).toMatchObject([{ sequence: 2, data: Buffer.from('ab') }])
})

test('ignores the acknowledgement of another packet', () => {
  const run = new Run()
  run.write('ab')
  expect(run.packet({ ackSequence: 9, acceptedCount: 2 })).toEqual([])
  expect(run.state.inFlight?.sequence).toBe(1)
})

test('acknowledges characters and delivers a repeated packet once', () => {
  const run = new Run()
  const data = Buffer.from('xyz')
  expect(run.packet({ sequence: 4, data })).toMatchObject([
    { type: 'received', data },
    { type: 'send', packet: { sequence: 0, ackSequence: 4, acceptedCount: 3 } },
  ])
  expect(run.packet({ sequence: 4, data })).toMatchObject([
    { type: 'send', packet: { ackSequence: 4, acceptedCount: 3 } },
  ])
  expect(run.packet({ sequence: 4, data: Buffer.from('xyz!') })).toMatchObject([
    { type: 'received', data: Buffer.from('!') },
    {},
  ])
})

test('a late copy of an older packet is neither delivered nor acknowledged', () => {
  const run = new Run()
  run.packet({ sequence: 14, data: Buffer.from('a') })
  run.packet({ sequence: 15, data: Buffer.from('b') })
  expect(run.packet({ sequence: 1, data: Buffer.from('c') })[0]).toMatchObject({ type: 'received' })
  expect(run.packet({ sequence: 14, data: Buffer.from('a') })).toEqual([])
  expect(run.packet({ sequence: 15, data: Buffer.from('b') })).toEqual([])
})

test('an acknowledgement rides along with characters to send', () => {
  const run = new Run()
  run.write('abcdef')
  const effects = run.packet({ sequence: 3, ackSequence: 1, acceptedCount: 4, data: Buffer.from('x') })
  expect(sent(effects)).toMatchObject([
    { sequence: 2, ackSequence: 3, acceptedCount: 1, data: Buffer.from('ef') },
  ])
})

test('a break keeps its place among the characters and is acknowledged like them', () => {
  const run = new Run()
  run.write('ab')
  run.do({ type: 'break' })
  run.write('c')
  expect(sent(run.packet({ ackSequence: 1, acceptedCount: 2 }))).toMatchObject([
    { sequence: 2, flags: 0x10, data: none },
  ])
  expect(sent(run.packet({ ackSequence: 2 }))).toMatchObject([
    { sequence: 3, flags: 0, data: Buffer.from('c') },
  ])
})

test('pause raises CTS in every packet until resume', () => {
  const run = new Run()
  expect(sent(run.do({ type: 'pause' }))).toMatchObject([{ sequence: 1, flags: 0x08, data: none }])
  run.packet({ ackSequence: 1 })
  expect(sent(run.packet({ sequence: 1, data: Buffer.from('x') }))).toMatchObject([
    { flags: 0x08, ackSequence: 1 },
  ])
  expect(sent(run.do({ type: 'resume' }))).toMatchObject([{ sequence: 2, flags: 0 }])
})

test('reports break, overrun and the end that the BMC announces', () => {
  const run = new Run()
  expect(run.packet({ flags: 0x04 })).toEqual([{ type: 'break detected' }])
  expect(run.packet({ flags: 0x08 })).toEqual([{ type: 'overrun' }])
  expect(run.packet({ flags: 0x10 })).toEqual([{ type: 'closed', reason: 'deactivated by the BMC' }])
})

test('sequences run from 1 to 15 and never 0', () => {
  const run = new Run()
  const seen: number[] = []
  for (let i = 0; i < 31; i++) {
    const [packet] = sent(run.write('x'))
    const sequence = packet?.sequence ?? 0
    seen.push(sequence)
    run.packet({ ackSequence: sequence, acceptedCount: 1 })
  }
  expect(seen.slice(0, 16)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 1])
  expect(seen).not.toContain(0)
})
