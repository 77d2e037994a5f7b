import { ApiClient } from '../../test/support/api-client.ts'
import { startServer, type ServerProcess } from '../../test/support/server-process.ts'

export type BenchServer = { server: ServerProcess; admin: ApiClient; siteId: string }

const password = 'bench bench bench'

/** A real Crashcart process with an admin and one site. */
export async function startBenchServer(
  options: Parameters<typeof startServer>[0] = {},
): Promise<BenchServer> {
  const server = await startServer({ ...options, env: { CRASHCART_LOG_LEVEL: 'silent', ...options.env } })
  // A benchmark that fails leaves nothing behind.
  process.once('exit', () => server.child.kill('SIGKILL'))
  const code = (await server.find(/setup code: (\S+)/))[1]
  const admin = new ApiClient(server.port)
  await admin.ok('POST', '/api/setup', { code, name: 'bench', password, trust: true })
  const { id } = await admin.ok<{ id: string }>('POST', '/api/sites', { name: 'Bench', timeZone: 'UTC' })
  return { server, admin, siteId: id }
}

/** Adds a PiKVM as a person does and returns its machine's id. */
export async function addPikvm(
  { admin, siteId }: BenchServer,
  pikvm: { host: string; port: number; user: string; password: string; name: string },
): Promise<string> {
  const where = { address: pikvm.host, port: pikvm.port }
  const { fingerprint } = await admin.ok<{ fingerprint: string }>('POST', '/api/pikvm/probe', where)
  const { user, name } = pikvm
  const body = { ...where, fingerprint, user, password: pikvm.password, machine: { name, siteId } }
  await admin.ok('POST', '/api/pikvm', body)
  const devices = await admin.ok<{ id: string; name: string }[]>('GET', '/api/devices')
  const device = devices.find((each) => each.name === name)
  if (device === undefined) throw new Error(`${name} was not added`)
  return device.id
}

/** The same person signed in on one more device. */
export async function signInAgain({ server }: BenchServer): Promise<ApiClient> {
  const client = new ApiClient(server.port)
  await client.ok('POST', '/api/session', { name: 'bench', password, trust: true })
  return client
}
