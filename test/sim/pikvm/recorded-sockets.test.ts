import { readFileSync } from 'node:fs'
import { once } from 'node:events'
import { request } from 'node:https'
import type { IncomingMessage } from 'node:http'
import { describe, expect, it } from 'vitest'
import { createMjpegParser } from '../../../server/drivers/pikvm/mjpeg-parser.ts'
import type { SimPikvm } from '../../../server/sim/pikvm/pikvm.ts'
import { answeredSummary, recordedSummary, recordingsOf } from './recordings.ts'
import { ADMIN, ask, SimSocket, until } from './sim-client.ts'
import { openSocket, startSim } from './started-sims.ts'

/** What was recorded of sockets and handshakes: one entry for each thing that was tried, named by its label. */
type Entry = { label: string } & Record<string, unknown>
function entriesOf(name: string): Entry[] {
  const file = new URL(`../../fixtures/pikvm/${name}.json`, import.meta.url)
  return JSON.parse(readFileSync(file, 'utf8')) as Entry[]
}
function entryOf(name: string, label: string): Entry {
  const entry = entriesOf(name).find((one) => one.label === label)
  if (entry === undefined) throw new Error(`${name} has no "${label}"`)
  return entry
}
function typeOf(headers: unknown): string | undefined {
  const pairs = (headers ?? []) as [string, string][]
  return pairs.find(([name]) => name === 'Content-Type')?.[1].split(';')[0]
}

async function login(pikvm: SimPikvm): Promise<string> {
  const headers = { 'Content-Type': 'application/x-www-form-urlencoded' }
  const form = { method: 'POST', headers, body: 'user=admin&passwd=admin' }
  const answer = await ask(pikvm, '/api/auth/login', form)
  return String(answer.headers['set-cookie']).split(';')[0] ?? ''
}
const basic = { Authorization: `Basic ${Buffer.from('admin:admin').toString('base64')}` }
const strange = { Cookie: `auth_token=${'0'.repeat(64)}` }

describe('upgrades recorded from a real kvmd', () => {
  type Try = [label: string, path: string, headers: Record<string, string> | 'login']
  const tries: Try[] = [
    ['ws no auth', '/api/ws', {}],
    ['ws bad cookie', '/api/ws', strange],
    ['ws malformed cookie', '/api/ws', { Cookie: 'auth_token=x' }],
    ['ws bad xhdr', '/api/ws', { ...ADMIN, 'X-KVMD-Passwd': 'wrong' }],
    ['ws basic', '/api/ws', basic],
    ['ws cookie', '/api/ws', 'login'],
    ['ws cookie + foreign Origin', '/api/ws', 'login'],
    ['ws stream=0', '/api/ws?stream=0', ADMIN],
    ['ws stream=zzz', '/api/ws?stream=zzz', ADMIN],
    ['ws trailing slash', '/api/ws/', ADMIN],
    ['media ws no auth', '/api/media/ws', {}],
    ['media ws bad cookie', '/api/media/ws', strange],
    ['media ws bad video', '/api/media/ws?video=zzz', ADMIN],
    ['janus ws (janus not running)', '/janus/ws', ADMIN],
  ]

  it.each(tries)('%s', async (label, path, credentials) => {
    const recorded = entryOf('ws_edge_cases', label)
    const pikvm = await startSim()
    const proof = credentials === 'login' ? { Cookie: await login(pikvm) } : credentials
    const origin = label.includes('foreign Origin') ? { Origin: 'https://elsewhere.example' } : {}
    const socket = openSocket(pikvm, path, { headers: { ...proof, ...origin } })
    if (recorded['status'] === 101) {
      const [first] = await until(() => socket.events.length > 0 && socket.events, 'the first event')
      expect(first).toEqual(JSON.parse(String(recorded['first'])))
      return
    }
    const [, answer] = (await once(socket.ws, 'unexpected-response')) as [unknown, IncomingMessage]
    answer.resume()
    expect([answer.statusCode, answer.headers['content-type']?.split(';')[0]]).toEqual([
      recorded['status'],
      typeOf(recorded['headers']),
    ])
  })
})

describe('what was sent to a real kvmd on its control socket', () => {
  const frames: Record<string, string | Buffer> = {
    'not json': 'not json',
    'json array': '[1, 2]',
    'ping without event': '{"event_type": "ping"}',
    'ping event null': '{"event_type": "ping", "event": null}',
    'unknown event': '{"event_type": "nothing", "event": {}}',
    'key bad name': '{"event_type": "key", "event": {"key": "Nope", "state": true}}',
    'empty binary': Buffer.alloc(0),
    'unknown op 9': Buffer.from('0900', 'hex'),
    'key short': Buffer.from('01', 'hex'),
    'key bad': Buffer.from('01014e6f7065', 'hex'),
    'mouse move short': Buffer.from('0300', 'hex'),
    'big text 1MB': `"${'x'.repeat(1_000_000)}"`,
  }

  it.each(Object.entries(frames))('%s', async (name, frame) => {
    const recorded = entryOf('ws_edge_cases', `garbage: ${name}`)
    const socket = openSocket(await startSim())
    await until(() => socket.last('hid'), 'the states')
    socket.ws.send(frame)
    socket.ws.send(Buffer.from([0]))
    await until(() => socket.binary.length > 0 || socket.closeCode !== null, 'the answer')
    const reply =
      socket.closeCode === null ? `BINARY:${socket.binary[0]?.toString('hex')}` : `CLOSE:${socket.closeCode}:`
    expect({ reply: [reply], closed: socket.closeCode !== null }).toEqual({
      reply: recorded['reply'],
      closed: recorded['closed'],
    })
  })

  it('5 MB of text', async () => {
    const recorded = entryOf('ws_edge_cases', '5 MB text')
    const socket = openSocket(await startSim())
    await until(() => socket.last('hid'), 'the states')
    socket.ws.send('x'.repeat(5_000_000))
    await until(() => socket.closeCode !== null, 'the end')
    expect(socket.closeCode).toBe(recorded['code'])
  })

  it.each([
    ['autorepeat: same key down twice', ['KeyA', 'KeyA'], 'KeyA'],
    ['7 keys held (6-key rollover)', ['KeyA', 'KeyB', 'KeyC', 'KeyD', 'KeyE', 'KeyF', 'KeyG'], null],
  ] as const)('keys: %s', async (label, downs, up) => {
    type Report = { dev: string; down: number[]; up: number[] }
    const reports = (entryOf('ws_edge_cases', label)['usb_after'] as Report[]).filter(
      ({ dev }) => dev === 'keyboard',
    )
    const letter = (usage: number) => `Key${String.fromCharCode(61 + usage)}`
    const expected = reports.flatMap((report) => [
      ...report.up.map((usage) => ({ key: letter(usage), down: false })),
      ...report.down.map((usage) => ({ key: letter(usage), down: true })),
    ])
    const pikvm = await startSim()
    const socket = openSocket(pikvm)
    await until(() => socket.last('hid'), 'the states')
    for (const key of downs) socket.ws.send(Buffer.concat([Buffer.from([1, 1]), Buffer.from(key)]))
    if (up !== null) socket.ws.send(Buffer.concat([Buffer.from([1, 0]), Buffer.from(up)]))
    const seen = () => pikvm.machine.keyLog.map(({ key, down }) => ({ key, down }))
    await until(() => seen().length >= expected.length, 'the keys')
    expect(seen()).toEqual(expected)
  })

  it('tells everybody everything when a client joins, and the clients twice', async () => {
    const recorded = entryOf('ws_edge_cases', '2nd client connects')
    const pikvm = await startSim()
    const first = openSocket(pikvm)
    await until(() => first.last('hid'), 'the states')
    first.events.length = 0
    const second = openSocket(pikvm)
    await until(() => [first, second].every(({ events }) => events.length >= 15), 'the states again')
    const kinds = (names: unknown) => [...new Set(names as string[])].toSorted()
    expect(kinds(first.names())).toEqual(kinds(recorded['ws1_gets']))
    expect(kinds(second.names())).toEqual(kinds(recorded['ws2_gets']))
    expect(second.names().filter((name) => name === 'clients')).toHaveLength(2)
  })
})

describe('a real kvmd that restarts, and one whose streamer comes and goes', () => {
  it('answers as recorded while it is down, and old cookies as recorded afterwards', async () => {
    const pikvm = await startSim()
    const stale = { Cookie: await login(pikvm) }
    const socket = openSocket(pikvm)
    await until(() => socket.last('hid'), 'the states')
    const restarting = pikvm.restartKvmd(1_500)
    await until(() => socket.closeCode !== null, 'the close')
    expect([`CLOSE:${socket.closeCode}:`]).toEqual(entryOf('ws_edge_cases', 'kvmd SIGTERM')['reply'])
    for (const recording of recordingsOf('ws_edge_cases').filter(({ label }) => label.includes('is down'))) {
      const answer = await ask(pikvm, recording.request.path)
      expect(answeredSummary(recording, answer), recording.label).toEqual(recordedSummary(recording))
    }
    const [, refused] = (await once(openSocket(pikvm).ws, 'unexpected-response')) as [
      unknown,
      IncomingMessage,
    ]
    refused.resume()
    expect(refused.statusCode).toBe(entryOf('ws_edge_cases', 'ws when kvmd is down')['status'])
    await restarting
    await until(() => pikvm.kvmd !== null, 'kvmd')
    const tries = {
      'cookie after kvmd restart': stale,
      'stale cookie + good X-KVMD headers': { ...stale, ...ADMIN },
      'stale cookie + good Basic': { ...stale, ...basic },
    }
    for (const [label, headers] of Object.entries(tries)) {
      const { status } = await ask(pikvm, '/api/atx', { headers })
      expect(status, label).toBe(entryOf('hid_print_and_restart', label)['status'])
    }
  })

  it('answers for its streamer as recorded: stopped, with a socket that is no viewer, running, stopped again', async () => {
    const pikvm = await startSim()
    const viewers: SimSocket[] = []
    const isRunning = (is: boolean) => () => pikvm.kvmd?.streamer.isRunning === is
    const steps: Record<string, () => Promise<unknown>> = {
      'streamer with ws stream=0: still not running': async () => {
        const socket = openSocket(pikvm)
        await until(() => socket.last('hid'), 'the states')
      },
      'snapshot once up': async () => {
        viewers.push(openSocket(pikvm, '/api/ws?stream=1'))
        await until(() => pikvm.kvmd?.streamer.source.online, 'a picture')
      },
      'streamer after stop': async () => {
        for (const { ws } of viewers) ws.close(1000)
        await until(isRunning(false), 'a stopped streamer', 15_000)
      },
    }
    const ofStreamer = /^(streamer|snapshot|\/streamer)/
    const recordings = recordingsOf('streamer_lifecycle').filter(({ label }) => ofStreamer.test(label))
    expect(recordings).toHaveLength(6)
    for (const recording of recordings) {
      await steps[recording.label]?.()
      const answer = await ask(pikvm, recording.request.path)
      expect(answeredSummary(recording, answer), recording.label).toEqual(recordedSummary(recording))
    }
  })
})

describe('a session of a real kvmd that is over', () => {
  it('is refused as recorded, and a socket that it opened goes on', async () => {
    const pikvm = await startSim()
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' }
    const form = { method: 'POST', headers, body: 'user=admin&passwd=admin&expire=6' }
    const login = await ask(pikvm, '/api/auth/login', form)
    const cookie = { Cookie: String(login.headers['set-cookie']).split(';')[0] ?? '' }
    const check = async (label: string) => {
      const { status } = await ask(pikvm, '/api/auth/check', { headers: cookie })
      expect(status, label).toBe(entryOf('streamer_lifecycle', label)['status'])
    }
    await check('check at 0 s')
    const socket = openSocket(pikvm, '/api/ws?stream=0', { headers: cookie })
    await until(() => socket.last('hid'), 'the states')
    pikvm.setClockSkew(7_000)
    await check('check at 7 s (expire=6)')
    socket.ws.send(Buffer.from([0]))
    await until(() => socket.binary.length > 0, 'the pong')
    const { still_open: isOpen } = entryOf('streamer_lifecycle', 'ws after cookie expiry')
    expect(socket.closeCode === null).toBe(isOpen)
  })

  it('has ended by a logout: its socket goes on as recorded', async () => {
    const pikvm = await startSim()
    const cookie = { Cookie: await login(pikvm) }
    const socket = openSocket(pikvm, '/api/ws?stream=0', { headers: cookie })
    await until(() => socket.last('hid'), 'the states')
    expect((await ask(pikvm, '/api/auth/logout', { method: 'POST', headers: cookie })).status).toBe(200)
    socket.ws.send(Buffer.from([0]))
    await until(() => socket.binary.length > 0, 'the pong')
    const recorded = entryOf('ws_edge_cases', 'ws after logout of its session')
    expect([`BINARY:${socket.binary[0]?.toString('hex')}`]).toEqual(recorded['reply'])
    expect((await ask(pikvm, '/api/auth/check', { headers: cookie })).status).toBe(403)
  })
})

describe('what was recorded of the web server and of the streams', () => {
  it('no lock after fifty bad logins, a limit for bodies, and no look at the Origin', async () => {
    const pikvm = await startSim()
    const recorded = (label: string) => entryOf('nginx_and_handshakes', label)
    const wrong = { ...ADMIN, 'X-KVMD-Passwd': 'wrong' }
    const bad = await Promise.all(
      Array.from({ length: 50 }, () => ask(pikvm, '/api/auth/check', { headers: wrong })),
    )
    expect([...new Set(bad.map(({ status }) => status))]).toEqual(
      recorded('50 parallel bad logins')['statuses'],
    )
    const good = await ask(pikvm, '/api/auth/check')
    expect(good.status).toBe(recorded('good login right after 50 bad ones (no lockout)')['status'])
    const big = await ask(pikvm, '/api/atx/click?button=reset', { method: 'POST', body: 'x'.repeat(5_000) })
    expect(big.status).toBe(recorded('5 KB body elsewhere')['status'])
    const headers = { ...ADMIN, Origin: 'https://elsewhere.example', 'Content-Type': 'text/plain' }
    const foreign = await ask(pikvm, '/api/hid/print', { method: 'POST', headers, body: 'a' })
    expect(foreign.status).toBe(recorded('POST text/plain with foreign Origin')['status'])
  })

  it('the media socket offers and answers a ping as recorded', async () => {
    const pikvm = await startSim({ streamForever: true })
    const media = openSocket(pikvm, '/api/media/ws')
    const [first] = await until(() => media.events.length > 0 && media.events, 'the offer')
    expect(first).toEqual(entryOf('media_and_mjpeg', 'media: first message')['text'])
    media.ws.send(Buffer.from([0]))
    await until(() => media.binary.length > 0, 'the pong')
    expect(media.binary[0]?.toString('hex')).toBe(entryOf('media_and_mjpeg', 'media: ping [0] ->')['hex'])
  })

  it.each([
    ['mjpeg extra_headers=1: part headers', '?extra_headers=1'],
    ['mjpeg default: part headers', ''],
  ])('%s', async (label, query) => {
    const parts = entryOf('media_and_mjpeg', label)['parts'] as [string, string][] | [string, string][][]
    const recorded = (label.includes('default') ? parts[0] : parts) as [string, string][]
    const pikvm = await startSim({ streamForever: true })
    await until(() => pikvm.kvmd?.streamer.source.online, 'a picture')
    const names = await firstPartHeaders(pikvm, `/streamer/stream${query}`)
    expect(names).toEqual(recorded.map(([name]) => name.toLowerCase()))
  })
})

/** Names of the headers of the first part of a stream. */
async function firstPartHeaders(pikvm: SimPikvm, path: string): Promise<string[]> {
  const target = {
    host: pikvm.host,
    port: pikvm.port,
    path,
    headers: ADMIN,
    rejectUnauthorized: false,
    agent: false,
  }
  const outgoing = request(target).end()
  const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage]
  const limits = { boundary: 'boundarydonotcross', maxPartBytes: 1_000_000, maxHeadBytes: 8_192 }
  const parser = createMjpegParser(limits)
  try {
    for await (const chunk of incoming) {
      const [part] = parser.push(chunk as Buffer)
      if (part) return [...part.headers.keys()]
    }
    return []
  } finally {
    outgoing.destroy()
  }
}
