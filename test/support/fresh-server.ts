import { ApiClient } from './api-client.ts'
import type { ServerProcess } from './server-process.ts'

/** A new Crashcart with its first person and one site. */
export type FreshServer = { server: ServerProcess; admin: ApiClient; siteId: string }

export const passphrase = 'correct horse battery'

/** Makes `name` the admin of a server that was just started, and gives it a site. */
export async function setUp(server: ServerProcess, name: string): Promise<FreshServer> {
  const code = (await server.find(/setup code: (\S+)/))[1]
  const admin = new ApiClient(server.port)
  await admin.ok('POST', '/api/setup', { code, name, password: passphrase, trust: true })
  const { id } = await admin.ok<{ id: string }>('POST', '/api/sites', { name: 'Home', timeZone: 'UTC' })
  return { server, admin, siteId: id }
}

/** Adds a PiKVM with its machine `name` as a person does. */
export async function addPikvm(
  { admin, siteId }: Pick<FreshServer, 'admin' | 'siteId'>,
  pikvm: { host: string; port: number; user?: string; password?: string },
  name: string,
): Promise<{ deviceId: string; endpoint: { id: string } }> {
  const { host: address, port, user = 'admin', password = 'admin' } = pikvm
  const { fingerprint } = await admin.ok<{ fingerprint: string }>('POST', '/api/pikvm/probe', {
    address,
    port,
  })
  return admin.ok('POST', '/api/pikvm', {
    address,
    port,
    fingerprint,
    user,
    password,
    machine: { name, siteId },
  })
}
