import { createServer } from 'node:net'
import { parentPort, workerData } from 'node:worker_threads'

/** Listens and then blocks for good, so that the kernel queues connections and nobody accepts them. */
const { host, port, gate } = workerData as { host: string; port: number; gate: Int32Array }
const server = createServer()
server.listen({ host, port, backlog: 1, reusePort: true }, () => {
  parentPort?.postMessage('listening', [])
  Atomics.wait(gate, 0, 0)
})
