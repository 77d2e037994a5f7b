import { fork } from 'node:child_process'
import { WebSocket } from 'ws'
import { issueCa, issueLeaf } from '../../server/access/certificates/issue.ts'
import { scopeFor } from '../../server/access/certificates/name-constraints.ts'
import { failBench } from '../figure.ts'

/** One way from a browser's socket to the machine, and the times measured on it, ms. */
export type KeyPath = {
  name: string
  press(code: string, down: boolean): void
  times: number[]
  close(): void
}

type Where = { host: string; port: number; password: string }
const withinMs = 10_000
const tls = { rejectUnauthorized: false, perMessageDeflate: false } as const

function urlOf({ host, port }: Where): string {
  return `wss://${host}:${port}/api/ws?stream=0`
}

function headersOf({ password }: Where): Record<string, string> {
  return { 'X-KVMD-User': 'admin', 'X-KVMD-Passwd': password }
}

/** Rejects when `promise` takes longer than 10 s. */
async function inTime<T>(promise: Promise<T>, what: string): Promise<T> {
  const late = setTimeout(() => failBench(`${what} took longer than ${withinMs} ms`), withinMs)
  return promise.finally(() => clearTimeout(late))
}

/** A browser that speaks to the PiKVM itself. */
export async function openDirect(pikvm: Where): Promise<KeyPath> {
  const socket = new WebSocket(urlOf(pikvm), { ...tls, headers: headersOf(pikvm) })
  await inTime(
    new Promise((resolve, reject) => socket.once('message', resolve).once('error', reject)),
    'connecting to the PiKVM',
  )
  return {
    name: 'direct',
    press: (code, down) => socket.send(Buffer.concat([Buffer.from([1, down ? 1 : 0]), Buffer.from(code)])),
    times: [],
    close: () => socket.terminate(),
  }
}

/** Through a relay that checks nothing: what any relay in this runtime costs. */
export async function openBareRelay(pikvm: Where): Promise<KeyPath> {
  const leaf = await issueLeaf(
    await issueCa('Reference CA', scopeFor([]), Date.now()),
    ['localhost'],
    Date.now(),
  )
  const child = fork(new URL('../reference/bare-relay.mjs', import.meta.url))
  process.once('exit', () => child.kill('SIGKILL'))
  child.send({ ...leaf, pikvm: urlOf(pikvm), headers: headersOf(pikvm) })
  const { port } = await inTime(
    new Promise<{ port: number }>((resolve) => child.once('message', resolve)),
    'the bare relay',
  )
  const socket = new WebSocket(`wss://127.0.0.1:${port}/`, tls)
  await inTime(
    new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject)),
    'the bare relay',
  )
  return {
    name: 'bare relay',
    press: (code, down) => socket.send(JSON.stringify({ type: 'key', seq: 1, code, down })),
    times: [],
    close: () => {
      socket.terminate()
      child.disconnect()
    },
  }
}

/** Through Crashcart on the screen socket `socket`, in control, without pictures. */
export async function openThroughCrashcart(socket: WebSocket): Promise<KeyPath> {
  let seq = 0
  const inControl = new Promise<void>((resolve, reject) => {
    socket.on('error', reject)
    socket.on('close', (code, reason) =>
      reject(new Error(`the screen socket closed: ${code} ${String(reason)}`)),
    )
    socket.on('message', (data, isBinary) => {
      if (isBinary) return
      const message = JSON.parse(String(data)) as { type: string; you?: boolean }
      if (message.type === 'control' && message.you === true) resolve()
      if (message.type === 'inputRefused') failBench(`input was refused: ${String(data)}`)
    })
  })
  await inTime(new Promise((resolve) => socket.once('open', resolve)), 'opening the screen')
  // The picture is not what is measured here.
  socket.send(JSON.stringify({ type: 'pause', paused: true }))
  socket.send(JSON.stringify({ type: 'take' }))
  await inTime(inControl, 'taking control')
  return {
    name: 'crashcart',
    press: (code, down) => socket.send(JSON.stringify({ type: 'key', seq: ++seq, code, down })),
    times: [],
    close: () => socket.terminate(),
  }
}
