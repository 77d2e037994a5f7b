import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { SimPikvm } from '../../../server/sim/pikvm/pikvm.ts'
import { shapeOf } from './recordings.ts'
import { ask, SimSocket, until, type KvmdEvent } from './sim-client.ts'
import { openSocket, startSim } from './started-sims.ts'

async function opened(pikvm: SimPikvm, path?: string): Promise<SimSocket> {
  const socket = openSocket(pikvm, path)
  await until(() => socket.names().filter((name) => name === 'info').length >= 8, 'all states')
  return socket
}

function heldOn(pikvm: SimPikvm): string[] {
  return pikvm.kvmd?.hid.heldKeys() ?? []
}

function keysOf(pikvm: SimPikvm): string[] {
  return pikvm.machine.keyLog.map(({ key, down }) => `${key}${down ? '↓' : '↑'}`)
}

/** The first event of each type, and of each part of `info`, in a recording of 60 s. */
function recordedFirstEvents(): Map<string, KvmdEvent> {
  const path = new URL('../../fixtures/pikvm/ws_60s.json', import.meta.url)
  const entries = JSON.parse(readFileSync(path, 'utf8')) as { dir?: string; text?: KvmdEvent }[]
  const first = new Map<string, KvmdEvent>()
  for (const { dir, text } of entries) {
    if (dir === '<' && text && !first.has(nameOf(text))) first.set(nameOf(text), text)
  }
  return first
}

function nameOf({ event_type: type, event }: KvmdEvent): string {
  return type === 'info' ? `info.${Object.keys(event)[0]}` : type
}

/** Parts that depend on what is connected, and on names of ports and displays. */
function comparable({ event_type: type, event }: KvmdEvent): unknown {
  if (type === 'switch') return Object.keys(event).sort()
  return shapeOf(event)
}

describe('the first events of a control socket', () => {
  it('have the types and shapes that a real kvmd sent, loop first', async () => {
    const pikvm = await startSim({ streamForever: true })
    await until(() => pikvm.kvmd?.streamer.isRunning, 'the streamer')
    const socket = await opened(pikvm)
    expect(socket.names()[0]).toBe('loop')
    const recorded = recordedFirstEvents()
    recorded.delete('pong')
    const ours = new Map(socket.events.toReversed().map((event) => [nameOf(event), event]))
    expect([...ours.keys()].sort()).toEqual([...recorded.keys()].sort())
    for (const [name, event] of recorded) {
      const mine = ours.get(name)
      expect(mine && comparable(mine), name).toEqual(comparable(event))
    }
  })

  it('are sent again to everyone when another client joins', async () => {
    const pikvm = await startSim()
    const first = await opened(pikvm)
    const before = first.names().filter((name) => name === 'atx').length
    await opened(pikvm)
    expect(first.names().filter((name) => name === 'atx').length).toBeGreaterThan(before)
    expect(first.names().filter((name) => name === 'loop')).toHaveLength(1)
  })

  it('carry the old names on an old kvmd', async () => {
    const pikvm = await startSim({ legacyEventNames: true })
    const socket = openSocket(pikvm)
    await until(() => socket.last('hid_state'), 'hid_state')
    expect(socket.last('atx_state')).toMatchObject({ enabled: true })
    expect(socket.last('atx')).toBeUndefined()
  })
})

describe('signing in to a control socket', () => {
  it.each([
    ['without credentials', {}, 401],
    ['with a stale cookie', { Cookie: `auth_token=${'0'.repeat(64)}` }, 403],
    ['with a malformed cookie', { Cookie: 'auth_token=zzz' }, 400],
    ['with bad headers', { 'X-KVMD-User': 'admin', 'X-KVMD-Passwd': 'no' }, 403],
  ])('is refused before the upgrade %s', async (_, headers, status) => {
    const pikvm = await startSim()
    const socket = openSocket(pikvm, '/api/ws', { headers })
    const refused = await new Promise<number | undefined>((resolve) => {
      socket.ws.on('unexpected-response', (_request, response) => resolve(response.statusCode))
    })
    expect(refused).toBe(status)
  })
})

describe('keys', () => {
  it('arrive in order, with a finish flag, by name and by code; bad ones are ignored', async () => {
    const pikvm = await startSim()
    const { ws } = await opened(pikvm)
    for (const hex of ['01014b657941', '01004b657941', '01034b657942', '0181001e', '0180001e', '0101', '09'])
      ws.send(Buffer.from(hex, 'hex'))
    ws.send(JSON.stringify({ event_type: 'key', event: { key: 'KeyC', state: true, finish: true } }))
    await until(() => keysOf(pikvm).length === 8, 'the keys')
    expect(keysOf(pikvm)).toEqual(['KeyA↓', 'KeyA↑', 'KeyB↓', 'KeyB↑', 'KeyA↓', 'KeyA↑', 'KeyC↓', 'KeyC↑'])
  })

  it('are all released when any client connects, and when any client leaves', async () => {
    const pikvm = await startSim()
    const first = await opened(pikvm)
    first.ws.send(Buffer.from('01014b657941', 'hex'))
    await until(() => heldOn(pikvm).length === 1, 'a held key')
    const second = await opened(pikvm)
    expect(heldOn(pikvm)).toEqual([])
    first.ws.send(Buffer.from('01014b657941', 'hex'))
    await until(() => heldOn(pikvm).length === 1, 'a held key')
    second.ws.close()
    await until(() => heldOn(pikvm).length === 0, 'the release')
    expect(keysOf(pikvm)).toEqual(['KeyA↓', 'KeyA↑', 'KeyA↓', 'KeyA↑'])
  })

  it('release first when pressed twice, and a seventh key releases the other six', async () => {
    const pikvm = await startSim()
    const hid = pikvm.kvmd?.hid
    hid?.key('KeyA', true, false)
    hid?.key('KeyA', true, false)
    expect(keysOf(pikvm)).toEqual(['KeyA↓', 'KeyA↑', 'KeyA↓'])
    for (const key of ['KeyB', 'KeyC', 'KeyD', 'KeyE', 'KeyF', 'KeyG']) hid?.key(key, true, false)
    expect(heldOn(pikvm)).toEqual(['KeyG'])
  })

  it('leave a modifier down when no state is given', async () => {
    const pikvm = await startSim()
    await ask(pikvm, '/api/hid/events/send_key?key=ShiftLeft', { method: 'POST' })
    expect(heldOn(pikvm)).toEqual(['ShiftLeft'])
  })

  it('are typed from a text, silently cut at 1024 characters and without what the layout lacks', async () => {
    const pikvm = await startSim()
    const body = `A漢b!${'x'.repeat(1100)}`
    await ask(pikvm, '/api/hid/print', { method: 'POST', body })
    const down = keysOf(pikvm).filter((key) => key.endsWith('↓'))
    expect(down.slice(0, 5)).toEqual(['ShiftLeft↓', 'KeyA↓', 'KeyB↓', 'ShiftLeft↓', 'Digit1↓'])
    expect(down.filter((key) => key === 'KeyX↓')).toHaveLength(1020)
  })
})

describe('keepalive', () => {
  it('answers both kinds of ping, and closes at an empty binary frame', async () => {
    const pikvm = await startSim()
    const socket = await opened(pikvm)
    socket.ws.send(Buffer.from([0]))
    socket.ws.send(JSON.stringify({ event_type: 'ping', event: {} }))
    await until(() => socket.last('pong') && socket.binary[0]?.equals(Buffer.from([0xff])), 'both pongs')
    socket.ws.send(Buffer.alloc(0))
    await until(() => socket.closeCode, 'the close')
    expect(socket.closeCode).toBe(1000)
  })

  it('pings after a silence and drops a client that does not answer', async () => {
    const pikvm = await startSim({ heartbeat: { pingAfterMs: 40, dropAfterMs: 40 } })
    const socket = openSocket(pikvm, '/api/ws?stream=0', { autoPong: false })
    await until(() => socket.closeCode, 'the drop')
    expect(socket.closeCode).toBe(1006)
  })

  it('keeps a client that answers', async () => {
    const pikvm = await startSim({ heartbeat: { pingAfterMs: 20, dropAfterMs: 200 } })
    const socket = await opened(pikvm)
    let pings = 0
    socket.ws.on('ping', () => (pings += 1))
    await until(() => pings >= 5, 'five pings')
    expect(socket.closeCode).toBeNull()
  })
})

describe('states', () => {
  it('follow a press: busy, then free, with the LED on throughout a reset', async () => {
    const pikvm = await startSim()
    const socket = await opened(pikvm)
    const from = socket.events.length
    await ask(pikvm, '/api/atx/power?action=reset_hard&wait=1', { method: 'POST' })
    const atx = () => socket.events.slice(from).filter((event) => event.event_type === 'atx')
    await until(() => atx().length >= 2 && socket.last('atx')?.['busy'] === false, 'two states')
    expect(atx()[0]?.event).toMatchObject({ busy: true, acts: { power: false, reset: true } })
    for (const { event } of atx()) expect(event).toMatchObject({ leds: { power: true } })
    expect(pikvm.machine.presses).toMatchObject([{ button: 'reset', effect: 'reset' }])
  })

  it('show the keyboard offline after a restart of the host until something is sent to it', async () => {
    const pikvm = await startSim()
    const socket = await opened(pikvm)
    await pikvm.machine.push('reset')
    await until(() => !keyboardOnline(socket), 'an offline keyboard')
    await until(() => pikvm.machine.phase === 'running', 'the system')
    expect(pikvm.kvmd?.hid.state().keyboard.online).toBe(false)
    socket.ws.send(Buffer.from('01034b657942', 'hex'))
    await until(() => keyboardOnline(socket), 'an online keyboard')
  })

  it('send only the channels of GPIO that changed, and outputs read false while busy', async () => {
    const pikvm = await startSim()
    const socket = await opened(pikvm)
    const from = socket.events.length
    await ask(pikvm, '/api/gpio/switch?channel=relay1&state=1&wait=1', { method: 'POST' })
    const events = () => socket.events.slice(from).filter((event) => event.event_type === 'gpio')
    await until(() => events().length >= 2, 'two events')
    expect(events()[0]?.event).toMatchObject({
      state: { outputs: { relay1: { busy: true, state: false } } },
    })
    expect(events().at(-1)?.event).toEqual({
      state: { outputs: { relay1: { busy: false, online: true, state: true } } },
    })
  })

  it('close with 1000 when kvmd restarts, after which cookies are stale and headers are not', async () => {
    const pikvm = await startSim()
    const login = await ask(pikvm, '/api/auth/login', {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: 'user=admin&passwd=admin',
    })
    const cookie = String(login.headers['set-cookie']).split(';')[0] ?? ''
    const socket = await opened(pikvm)
    const restarted = pikvm.restartKvmd(150)
    await until(() => socket.closeCode, 'the close')
    expect(socket.closeCode).toBe(1000)
    expect((await ask(pikvm, '/api/atx')).status).toBe(502)
    expect((await ask(pikvm, '/streamer/state')).status).toBe(500)
    await restarted
    expect((await ask(pikvm, '/api/atx', { headers: { Cookie: cookie } })).status).toBe(403)
    expect((await ask(pikvm, '/api/atx')).status).toBe(200)
  })

  it('after a restart first tell of dark LEDs, then of what is lit', async () => {
    const pikvm = await startSim()
    await pikvm.restartKvmd(50, 1_000)
    const socket = await opened(pikvm)
    const power = (): unknown => (socket.last('atx')?.['leds'] as { power: boolean } | undefined)?.power
    expect(power()).toBe(false)
    await until(() => power() === true, 'the first look')
  })

  it('reach a client that offered compression, compressed', async () => {
    const pikvm = await startSim()
    const socket = openSocket(pikvm, '/api/ws?stream=0', { perMessageDeflate: true })
    await until(() => socket.last('hid'), 'the states')
    expect(socket.ws.extensions).toContain('permessage-deflate')
  })
})

function keyboardOnline(socket: SimSocket): boolean {
  const keyboard = socket.last('hid')?.['keyboard']
  return typeof keyboard === 'object' && keyboard !== null && 'online' in keyboard && keyboard.online === true
}
