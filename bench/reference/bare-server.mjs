// The floor for `start` and `idle`: plain JavaScript, node:http, ws and node:sqlite, one table, nothing else.
import { createServer } from 'node:http'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { WebSocketServer } from 'ws'

const db = new DatabaseSync(join(mkdtempSync(join(tmpdir(), 'bare-')), 'bare.db'))
db.exec(
  'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE rows (id INTEGER PRIMARY KEY, body TEXT)',
)
const insert = db.prepare('INSERT INTO rows (body) VALUES (?)')
for (let index = 0; index < 50; index++) insert.run(JSON.stringify({ name: `machine ${index}` }))

const server = createServer((request, response) => {
  const count = db.prepare('SELECT count(*) AS n FROM rows').get()
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify(count))
})
const sockets = new WebSocketServer({ server, perMessageDeflate: false })
sockets.on('connection', (socket) => socket.on('message', (data) => socket.send(data)))
server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () =>
  process.stdout.write(`${server.address().port}\n`),
)
process.on('SIGTERM', () => process.exit(0))
