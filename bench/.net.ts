import { startBenchServer } from './support/crashcart.ts'
import { fillDevices } from './support/fill-devices.ts'
import { connect } from 'node:tls'
import { WebSocket } from 'ws'
const b = await startBenchServer(); await fillDevices(b, 15)
const get = (path: string, extra = '') => new Promise<void>((r) => { const s = connect({ port: b.server.port, host: '127.0.0.1', servername: 'localhost', rejectUnauthorized: false }, () => s.write(`GET ${path} HTTP/1.1\r\nHost: localhost:${b.server.port}\r\nAccept-Encoding: br\r\nCookie: ${b.admin.cookie}\r\n${extra}Connection: close\r\n\r\n`)); const c: Buffer[] = []; s.on('data', (d) => c.push(d)); s.on('end', () => { const t = Buffer.concat(c); const h = t.indexOf('\r\n\r\n'); console.log(path, 'head', h + 4, 'body', t.length - h - 4, 'raw socket', (s as any)._handle?.bytesRead, s.bytesRead); console.log(t.subarray(0, h).toString()); if (path.startsWith('/api')) console.log(t.subarray(h).toString()); r() }) })
await get('/'); await get('/api/session')
const ws = new WebSocket(`wss://127.0.0.1:${b.server.port}/api/live`, { rejectUnauthorized: false, origin: b.admin.origin, headers: { host: `localhost:${b.server.port}`, cookie: b.admin.cookie } })
await new Promise((r) => ws.once('message', (m) => { console.log(String(m).length, String(m).slice(0, 1800)); setTimeout(r, 200) }))
console.log('ws bytes', (ws as any)._socket.bytesRead)
ws.terminate(); await b.server.stop()
