import { ApiClient } from '../../test/support/api-client.ts'
import { passphrase, setUp, type FreshServer } from '../../test/support/fresh-server.ts'
import { startServer } from '../../test/support/server-process.ts'

export type BenchServer = FreshServer

/** A real Crashcart process with an admin and one site. */
export async function startBenchServer(
  options: Parameters<typeof startServer>[0] = {},
): Promise<BenchServer> {
  const server = await startServer({ ...options, env: { CRASHCART_LOG_LEVEL: 'silent', ...options.env } })
  // A benchmark that fails leaves nothing behind.
  process.once('exit', () => server.child.kill('SIGKILL'))
  return setUp(server, 'bench')
}

/** The same person signed in on one more device. */
export async function signInAgain({ server }: BenchServer): Promise<ApiClient> {
  const client = new ApiClient(server.port)
  await client.ok('POST', '/api/session', { name: 'bench', password: passphrase, trust: true })
  return client
}
