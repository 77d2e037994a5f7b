import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SimMachine } from '../../server/sim/machine/machine.ts'
import { startSimPikvm } from '../../server/sim/pikvm/pikvm.ts'
import { startNginx } from './nginx.ts'

/**
 * A machine behind a PiKVM in a process of its own; tells its parent each key with the time of its arrival. As on the
 * device, nginx ends the TLS and hands requests to the daemon's Unix socket.
 */
const machine = new SimMachine({ name: 'bench' })
const pikvm = await startSimPikvm({ machine })
const folder = mkdtempSync(join(tmpdir(), 'bench-kvmd-'))
const socketPath = join(folder, 'kvmd.sock')
const daemon = createServer()
pikvm.takeFrom(daemon)
await new Promise<void>((resolve) => daemon.listen(socketPath, resolve))
const { tlsPort } = await startNginx(
  `location / { proxy_pass http://unix:${socketPath}; proxy_http_version 1.1; proxy_buffering off;
    proxy_set_header Host $http_host; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $connection_upgrade; }`,
  pikvm.certificate,
)
const deliver = machine.key.bind(machine)
machine.key = (key, down) => {
  // CLOCK_MONOTONIC, the same in every process of this system.
  const at = process.hrtime.bigint()
  deliver(key, down)
  process.send?.({ type: 'key', key, down, at: String(at) })
}
process.send?.({ type: 'ready', host: pikvm.host, port: tlsPort })
process.on('disconnect', () => {
  rmSync(folder, { recursive: true, force: true })
  process.exit(0)
})
