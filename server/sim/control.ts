import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { SimMachine } from './machine/machine.ts'
import type { SimRack } from './rack.ts'
import { commandOf, type Command } from './control-commands.ts'

/** A running control server. */
export interface SimControl extends AsyncDisposable {
  url: string
}

const BODY_LIMIT_BYTES = 4096

/**
 * Starts the control server on 127.0.0.1: `GET /` reports every machine, `GET /machines/NAME` one of them
 * with all presses, keys and lines, and `POST /` runs one command (see `control-commands.ts`). It answers
 * programs only: a request that comes from a web page, or under another host name, is refused.
 */
export async function startControl(rack: SimRack, port: number): Promise<SimControl> {
  const server = createServer((request, response) => void respond(rack, request, response))
  server.listen({ host: '127.0.0.1', port })
  await once(server, 'listening')
  const { port: actualPort } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${actualPort}`,
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

async function respond(rack: SimRack, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const result = isFromProgram(request)
      ? await answer(rack, request)
      : { status: 403, body: { error: 'not for web pages' } }
    response.writeHead(result.status, { 'Content-Type': 'application/json' })
    response.end(JSON.stringify(result.body))
  } catch (error) {
    response.writeHead(500, { 'Content-Type': 'application/json' })
    response.end(JSON.stringify({ error: String(error) }))
  }
}

function isFromProgram({ headers }: IncomingMessage): boolean {
  if (headers.origin !== undefined || headers['sec-fetch-site'] !== undefined) return false
  return /^(127\.0\.0\.1|localhost)(:\d+)?$/.test(headers.host ?? '')
}

interface Result {
  status: number
  body: unknown
}

async function answer(rack: SimRack, request: IncomingMessage): Promise<Result> {
  const { pathname } = new URL(request.url ?? '/', 'http://127.0.0.1')
  if (request.method === 'POST' && pathname === '/') return run(rack, request)
  if (request.method !== 'GET') return { status: 405, body: { error: 'method not allowed' } }
  if (pathname === '/')
    return { status: 200, body: { machines: rack.names.map((name) => summary(rack.machine(name))) } }
  const name = decodeURIComponent(pathname.replace(/^\/machines\//, ''))
  if (!rack.names.includes(name)) return { status: 404, body: { error: 'no such machine' } }
  return { status: 200, body: report(rack, name) }
}

async function run(rack: SimRack, request: IncomingMessage): Promise<Result> {
  const command = commandOf(await readJson(request))
  if (!command || !rack.names.includes(command.machine))
    return { status: 400, body: { error: 'no such command or machine' } }
  await perform(rack, command)
  return { status: 200, body: report(rack, command.machine) }
}

async function perform(rack: SimRack, command: Command): Promise<void> {
  await command.run(rack.machine(command.machine), rack.pikvm(command.machine))
  await rack.settled()
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > BODY_LIMIT_BYTES) return null
    chunks.push(chunk)
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown
  } catch {
    // Not JSON: answered as an unknown command.
    return null
  }
}

function summary(machine: SimMachine) {
  return {
    name: machine.name,
    phase: machine.phase,
    isOn: machine.isOn,
    powerLed: machine.powerLed,
    video: machine.video,
    network: machine.network,
    bootCount: machine.bootCount,
    faults: machine.faults,
    presses: machine.presses,
  }
}

function report(rack: SimRack, name: string) {
  const machine = rack.machine(name)
  const pikvm = rack.pikvm(name)
  return {
    ...summary(machine),
    keys: machine.keyLog,
    typedLines: machine.typedLines,
    pointer: machine.pointerLog,
    sysrq: machine.sysrqLog,
    firmware: machine.firmwareEntries,
    screen: machine.screen.lines(),
    heldKeys: pikvm.kvmd?.hid.heldKeys() ?? [],
    webSockets: pikvm.webSockets,
    requests: pikvm.requests,
  }
}
