import { createSocket } from 'node:dgram'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { discover, IpmiProtocolError, type OpenLink, openUdpLink } from 'node-ipmi'
import { getBootDevice } from '../../server/node-ipmi/src/commands/boot-device.ts'
import {
  getChannelCapabilities,
  getChannelCipherSuites,
  parseCipherSuiteRecords,
} from '../../server/node-ipmi/src/commands/channel.ts'
import {
  getChassisStatus,
  getRestartCause,
  setPowerRestorePolicy,
} from '../../server/node-ipmi/src/commands/chassis.ts'
import { getDeviceId } from '../../server/node-ipmi/src/commands/device-id.ts'
import { getFruInfo, readFruData } from '../../server/node-ipmi/src/commands/fru.ts'
import {
  activateSol,
  getChannelPayloadSupport,
  getSolActivation,
} from '../../server/node-ipmi/src/commands/payload.ts'
import { getSdr, getSdrRepositoryInfo } from '../../server/node-ipmi/src/commands/sdr.ts'
import { getSelEntry, getSelInfo } from '../../server/node-ipmi/src/commands/sel.ts'
import { getSensorReading, getSensorThresholds } from '../../server/node-ipmi/src/commands/sensor.ts'
import { getSessionInfo } from '../../server/node-ipmi/src/commands/session-commands.ts'
import { decodeFru } from '../../server/node-ipmi/src/decode/fru-areas.ts'
import { decodeSdrRecord, sdrLength } from '../../server/node-ipmi/src/decode/sdr-record.ts'
import { decodeSelRecord } from '../../server/node-ipmi/src/decode/sel-record.ts'
import { decodeTypedText } from '../../server/node-ipmi/src/decode/type-length.ts'
import { isFarewellAnswer } from '../../server/node-ipmi/src/session/farewell.ts'
import {
  type HandshakeState,
  startHandshake,
  stepHandshake,
} from '../../server/node-ipmi/src/session/handshake.ts'
import { initialSol, type SolState, stepSol } from '../../server/node-ipmi/src/session/sol-machine.ts'
import { cipherSuite, type CipherSuite } from '../../server/node-ipmi/src/wire/cipher-suite.ts'
import {
  decodeLanRequest,
  decodeLanResponse,
  encodeLanRequest,
  encodeLanResponse,
} from '../../server/node-ipmi/src/wire/lan-message.ts'
import {
  decodeOpenSessionRequest,
  decodeOpenSessionResponse,
  encodeOpenSessionRequest,
} from '../../server/node-ipmi/src/wire/open-session.ts'
import { decodeRakp1, decodeRakp2, decodeRakp3, decodeRakp4 } from '../../server/node-ipmi/src/wire/rakp.ts'
import {
  decodePresencePing,
  decodePresencePong,
  decodeRmcp,
  encodePresencePong,
} from '../../server/node-ipmi/src/wire/rmcp.ts'
import {
  decryptPayload,
  encryptPayload,
  openPacket,
  sealPacket,
} from '../../server/node-ipmi/src/wire/sealed-packet.ts'
import { decodeSessionPacket, payloadType } from '../../server/node-ipmi/src/wire/session-packet.ts'
import { decodeSolPacket } from '../../server/node-ipmi/src/wire/sol-packet.ts'
import { seededRandom } from '../../server/sim/bmc/faults.ts'
import { encodeFru, encodeFullSensor, encodeSelEvent } from '../../server/sim/bmc/records.ts'
import { defaultSensors } from '../../server/sim/bmc/sensor-model.ts'
import { chassisControl } from '../../server/node-ipmi/src/commands/chassis.ts'
import { rounds } from '../support/rounds.ts'
import { startBench } from './support.ts'

/** Packets for each decoder. */
const packets = rounds(10_000, 1_000_000)

const keys = { suite: cipherSuite(17) as CipherSuite, k1: Buffer.alloc(32, 1), k2: Buffer.alloc(32, 2) }
const iv = Buffer.alloc(16, 3)
const [sensor] = defaultSensors()
if (!sensor) throw new Error('no sensor')
const texts = {
  manufacturer: 'Maker',
  product: 'Board',
  name: 'Server',
  serialNumber: 'S-1',
  partNumber: 'P-1',
  version: '1.0',
  assetTag: 'A-7',
}

const samples: readonly Buffer[] = [
  encodePresencePong(7),
  encodeOpenSessionRequest(1, 0, 0x0102_0304, keys.suite),
  Buffer.from('0100040004030201140b0a0900000008030000000100000804000000020000080100000000', 'hex'),
  Buffer.concat([Buffer.from('0200000004030201', 'hex'), Buffer.alloc(64, 0x5a)]),
  encodeLanRequest({ netFn: 6, command: 1, rqSeq: 9, data: Buffer.alloc(12) }),
  encodeLanResponse({ netFn: 6, command: 1, rqSeq: 9, completionCode: 0, data: Buffer.alloc(20, 0x42) }),
  sealPacket(keys, { payloadType: 0, sessionId: 9, sequence: 3, payload: Buffer.from('chassis status'), iv }),
  encryptPayload(keys.k2, iv, Buffer.from('some payload')),
  encodeFullSensor(1, sensor),
  encodeSelEvent(1, 1_700_000_000, { sensorType: 1, sensorNumber: 1, eventType: 1, data: [0x59, 96, 95] }),
  encodeFru({ chassis: texts, board: texts, product: texts }),
  Buffer.from('c00303414 1c01103 44 81'.replace(/ /g, ''), 'hex'),
]

/** Random bytes, or a sample with bits flipped, cut, lengthened or two of them spliced. */
function mutant(random: () => number): Buffer {
  const below = (n: number): number => Math.floor(random() * n)
  const sample = samples[below(samples.length)] ?? Buffer.alloc(0)
  const kind = below(6)
  if (kind === 0) return Buffer.from(Array.from({ length: below(80) }, () => below(256)))
  const bytes = Buffer.from(sample)
  if (kind === 1) return bytes.subarray(0, below(bytes.length + 1))
  if (kind === 2) return Buffer.concat([bytes, Buffer.alloc(below(40), below(256))])
  if (kind === 3) {
    const other = samples[below(samples.length)] ?? sample
    return Buffer.concat([bytes.subarray(0, below(bytes.length)), other.subarray(below(other.length))])
  }
  for (let flips = below(4); flips >= 0; flips--) bytes[below(bytes.length)] = below(256)
  return bytes
}

/** Decoders of packets: they give a value or a reason, and never throw. */
const packetDecoders: Readonly<Record<string, (bytes: Buffer) => { ok: boolean }>> = {
  decodeRmcp,
  decodePresencePing,
  decodePresencePong,
  decodeSessionPacket,
  decodeLanRequest,
  decodeLanResponse,
  decodeOpenSessionRequest,
  decodeOpenSessionResponse,
  decodeRakp1,
  decodeRakp2,
  decodeRakp3,
  decodeRakp4,
  decodeSolPacket,
  decryptPayload: (bytes) => decryptPayload(keys.k2, bytes),
  openPacket(bytes) {
    const packet = decodeSessionPacket(bytes)
    return packet.ok && packet.value.version === '2.0' ? openPacket(keys, packet.value) : { ok: false }
  },
}

/** Decoders of answers and records: they give a value, or throw that the bytes are malformed. */
const recordDecoders: Readonly<Record<string, (bytes: Buffer) => unknown>> = {
  decodeSdrRecord,
  sdrLength,
  decodeSelRecord,
  decodeFru,
  decodeTypedText: (bytes) => decodeTypedText(bytes[0] ?? 0, bytes),
  parseCipherSuiteRecords,
  ...Object.fromEntries(
    [
      getDeviceId(),
      getChassisStatus(),
      getRestartCause(),
      setPowerRestorePolicy('last-state'),
      getBootDevice(),
      getChannelCapabilities(4),
      getChannelCipherSuites(0),
      getSessionInfo(0),
      getSelInfo(),
      getSelEntry(0),
      getSdrRepositoryInfo(),
      getSdr({ reservation: 1, recordId: 0, offset: 0, count: 5 }),
      getSensorReading(1),
      getSensorThresholds(1),
      getFruInfo(0),
      readFruData(0, 0, 16),
      getSolActivation(),
      getChannelPayloadSupport(),
      activateSol({ instance: 1, encrypts: true, authenticates: true, assertsCts: false }),
    ].map((command) => [command.name, (bytes: Buffer) => command.decode(bytes)]),
  ),
}

describe(`${packets} random and mutated packets`, () => {
  test.each(Object.entries(packetDecoders))(
    '%s gives a value or a reason',
    { timeout: 60_000 + packets / 10 },
    (_, decode) => {
      const random = seededRandom(1)
      for (let i = 0; i < packets; i++) {
        const { ok } = decode(mutant(random))
        if (typeof ok !== 'boolean') throw new Error('neither value nor reason')
      }
      expect(decode(Buffer.alloc(0)).ok).toBe(false)
    },
  )

  test.each(Object.entries(recordDecoders))(
    '%s gives a value or says what is wrong',
    { timeout: 60_000 + packets / 10 },
    (_, decode) => {
      const random = seededRandom(2)
      let values = 0
      for (let i = 0; i < packets; i++) values += decodes(decode, mutant(random)) ? 1 : 0
      expect(values).toBeGreaterThan(0)
    },
  )
})

function decodes(decode: (bytes: Buffer) => unknown, bytes: Buffer): boolean {
  try {
    decode(bytes)
    return true
  } catch (error) {
    if (!(error instanceof IpmiProtocolError)) throw error
    return false
  }
}

test(
  'random SOL packets neither break the stream machine nor make its state grow',
  { timeout: 60_000 + packets / 10 },
  () => {
    const random = seededRandom(3)
    const below = (n: number): number => Math.floor(random() * n)
    const config = {
      timing: { retryMs: 100, maxAttempts: 1e9, nackPauseMs: 500 },
      maxChars: 8,
      bumpSequence: false,
    }
    let state: SolState = initialSol
    for (let i = 0; i < packets; i++) {
      const packet = decodeSolPacket(Buffer.from(Array.from({ length: 4 + below(12) }, () => below(256))))
      if (!packet.ok) throw new Error('four bytes are a SOL packet')
      // Everything but "deactivating", which would end it.
      packet.value.flags &= 0xef
      if (state.outgoing.length < 4)
        state = stepSol(config, state, { type: 'write', data: Buffer.from('abc') }, i).state
      state = stepSol(config, state, { type: 'packet', packet: packet.value }, i).state
      if (state.outgoing.length > 6) throw new Error('the queue grew')
    }
    expect(state.isOpen).toBe(true)
  },
)

test('random answers neither break a login nor a farewell', { timeout: 60_000 + packets / 10 }, () => {
  const random = seededRandom(6)
  const begin = startHandshake({
    suite: keys.suite,
    username: Buffer.from('oper'),
    password: Buffer.from('secret'),
    kg: undefined,
    privilege: 3,
    consoleSessionId: 0x0102_0304,
    consoleRandom: Buffer.alloc(16, 0x11),
    tag: 1,
    quirks: new Set(),
  }).state
  const types = [payloadType.openSessionResponse, payloadType.rakp2, payloadType.rakp4]
  const ids = { consoleSessionId: 9, bmcSessionId: 7 }
  const reached = new Set<string>()
  let state: HandshakeState = begin
  const forge = (count: number): void => {
    for (let i = 0; i < count; i++) {
      const type = types[Math.floor(random() * types.length)] ?? 0
      state = stepHandshake(state, type, mutant(random)).state
      reached.add(state.name)
      if (state.name === 'failed') state = begin
      if (isFarewellAnswer(keys, ids, mutant(random))) throw new Error('a forged farewell')
    }
  }
  forge(1000)
  const before = usedHeapMb()
  forge(packets)
  expect(usedHeapMb() - before).toBeLessThan(10)
  expect([...reached]).toEqual(expect.arrayContaining(['opening', 'failed']))
  expect(reached.has('active')).toBe(false)
})

/** Forges that many datagrams to each listener, before anything true comes; tells how much memory that left in use. */
function underFire(count: number, grewMb: number[]): OpenLink {
  const random = seededRandom(7)
  return async (address, port) => {
    const link = await openUdpLink(address, port)
    const onDatagram = link.onDatagram.bind(link)
    link.onDatagram = (listener) => {
      const forge = (forged: number): void => {
        for (let i = 0; i < forged; i++) listener(mutant(random))
      }
      forge(1000)
      const before = usedHeapMb()
      forge(count)
      grewMb.push(usedHeapMb() - before)
      return onDatagram(listener)
    }
    return link
  }
}

test(
  'questions before a login are answered under fire, which leaves nothing behind',
  { timeout: 60_000 + packets / 10 },
  async () => {
    await using bench = await startBench({ suites: [3, 17] })
    const grewMb: number[] = []
    const openLink = underFire(Math.max(10_000, packets / 10), grewMb)
    const { host, port } = bench.bmc
    expect((await discover({ host, port, openLink })).cipherSuites).toEqual([3, 17])
    // Capabilities and cipher suites.
    expect(grewMb).toHaveLength(2)
    const client = bench.client({ openLink, connectTimeoutMs: 60_000 })
    expect((await client.run(getChassisStatus())).isPowered).toBe(true)
    expect(grewMb.length).toBeGreaterThan(3)
    expect(Math.max(...grewMb)).toBeLessThan(1)
  },
)

test(
  'datagrams forged into an open session are dropped and leave nothing behind',
  { timeout: 60_000 + packets / 10 },
  async () => {
    await using bench = await startBench()
    const inject: ((datagram: Buffer) => void)[] = []
    const openLink: OpenLink = async (address, port) => {
      const link = await openUdpLink(address, port)
      const onDatagram = link.onDatagram.bind(link)
      link.onDatagram = (listener) => {
        inject.push(listener)
        return onDatagram(listener)
      }
      return link
    }
    const client = bench.client({ openLink })
    await client.run(getChassisStatus())
    const random = seededRandom(5)
    const forge = (count: number): void => {
      for (let i = 0; i < count; i++) for (const listener of inject) listener(mutant(random))
    }
    forge(1000)
    const before = usedHeapMb()
    forge(packets)
    expect(usedHeapMb() - before).toBeLessThan(10)
    expect((await client.run(getChassisStatus())).isPowered).toBe(true)
    expect(bench.bmc.sessions.all).toHaveLength(1)
  },
)

/** Memory in use after a full collection. */
function usedHeapMb(): number {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  if (typeof collect === 'function') collect()
  return process.memoryUsage().heapUsed / 1e6
}

test('a BMC and a client under fire still understand each other', async () => {
  await using bench = await startBench()
  const client = bench.client()
  const random = seededRandom(4)
  const attacker = createSocket('udp4')
  await client.run(getChassisStatus())
  for (let i = 0; i < 3000; i++) {
    attacker.send(mutant(random), bench.bmc.port, bench.bmc.host)
    if (i % 100 === 0) expect((await client.run(getChassisStatus())).isPowered).toBe(true)
  }
  expect(await client.act(chassisControl('cycle'))).toMatchObject({ outcome: 'acknowledged' })
  expect(bench.board.actions).toEqual(['cycle'])
  expect(bench.bmc.sessions.all.length).toBeLessThanOrEqual(5)
  attacker.close()
})
