import { fileURLToPath } from 'node:url'
import { discover } from 'node-ipmi'
import { freeUdpPort, type Peer, startPeer, until } from './child.ts'
import { requirePyghmi } from './debian.ts'

/** A second, independent BMC: it knows cipher suite 3 alone, and answers with it whatever is asked. */
export async function startPyghmi(): Promise<Peer & { port: number }> {
  const port = await freeUdpPort()
  const peer = startPeer(requirePyghmi(), [
    fileURLToPath(new URL('pyghmi-bmc.py', import.meta.url)),
    String(port),
  ])
  const answers = (): Promise<boolean> =>
    discover({ host: '127.0.0.1', port, timeoutMs: 300 }).then(
      () => true,
      () => false,
    )
  await until('pyghmi to answer', answers).catch(async (error: unknown) => {
    await peer.stop()
    throw new Error(`pyghmi does not answer:\n${peer.output()}`, { cause: error })
  })
  return { ...peer, port }
}
