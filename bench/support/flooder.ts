import { connect as connectPlain } from 'node:net'
import { connect, type TLSSocket } from 'node:tls'

/**
 * Strangers from twenty addresses, as a process of its own: `<port> slow <count>` opens connections that send a byte of
 * their request's head now and then, and opens each anew that is closed; `<port> upgrades <count>` asks for websockets
 * without a session, each on a connection of its own. Tells its parent `ready` when all slow ones were opened, `done`
 * after the upgrades, and how many slow ones stand whenever it is asked.
 */
const [, , port = '', what = '', count = ''] = process.argv
/** Strangers come from elsewhere than the owner, who is at 127.0.0.1. */
const addresses = 20
const firstHost = what === 'slow' ? 2 : 2 + addresses
let dialled = 0
let standing = 0
const atOnce = 100
const byteEveryMs = 2_000
const host = '127.0.0.1'
const head = `GET /healthz HTTP/1.1\r\nHost: localhost:${port}\r\nX-Slow: `
const upgrade =
  `GET /api/live HTTP/1.1\r\nHost: localhost:${port}\r\nOrigin: https://localhost:${port}\r\nConnection: Upgrade\r\n` +
  'Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n'

/** Resolves when the connection stands, or did not come about. */
function open(onOpen: (socket: TLSSocket) => void): Promise<void> {
  return new Promise((resolve) => {
    const localAddress = `127.0.0.${firstHost + (dialled++ % addresses)}`
    const plain = connectPlain({ host, localAddress, port: Number(port) }).on('error', () => resolve())
    const socket = connect({ socket: plain, servername: 'localhost', rejectUnauthorized: false }, () => {
      onOpen(socket)
      resolve()
    })
    socket.on('error', () => resolve())
    socket.on('close', () => resolve())
  })
}

async function many(total: number, one: () => Promise<void>): Promise<void> {
  let begun = 0
  const worker = async (): Promise<void> => {
    while (begun++ < total) await one()
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
}

async function slowOne(): Promise<void> {
  await open((socket) => {
    socket.write(head)
    standing++
    const timer = setInterval(() => socket.write('x'), byteEveryMs)
    socket.on('close', () => {
      clearInterval(timer)
      standing--
      setTimeout(() => void slowOne(), 1_000)
    })
  })
}

/** Resolves when its connection is over: answered, or ended before. */
async function upgradeOne(): Promise<void> {
  let over: Promise<unknown> = Promise.resolve()
  await open((socket) => {
    over = new Promise((resolve) => socket.on('close', resolve))
    socket.write(upgrade)
    socket.on('data', () => socket.destroy())
    socket.setTimeout(15_000, () => socket.destroy())
  })
  await over
}

if (what === 'slow') {
  process.on('message', () => process.send?.(standing))
  await many(Number(count), slowOne)
  process.send?.('ready')
} else {
  await many(Number(count), upgradeOne)
  process.send?.('done')
  process.exit(0)
}
