// The floor for `key-relay`: a websocket relay in plain JavaScript that checks nothing, TLS on both sides.
import { createServer } from 'node:https'
import { WebSocket, WebSocketServer } from 'ws'

process.once('message', ({ cert, key, pikvm, headers }) => {
  const target = new WebSocket(pikvm, { rejectUnauthorized: false, perMessageDeflate: false, headers })
  const server = createServer({ cert, key })
  new WebSocketServer({ server, perMessageDeflate: false }).on('connection', (socket) =>
    socket.on('message', (data) => {
      const { code, down } = JSON.parse(String(data))
      target.send(Buffer.concat([Buffer.from([1, down ? 1 : 0]), Buffer.from(code)]))
    }),
  )
  target.once('message', () =>
    server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port })),
  )
})
process.on('disconnect', () => process.exit(0))
