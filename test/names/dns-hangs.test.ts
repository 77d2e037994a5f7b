import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { Device, Endpoint } from '../../server/contract/inventory.ts'
import type { LiveServerMessage } from '../../server/contract/live.ts'
import type { Action, NonceView } from '../../server/contract/power.ts'
import type { MachineState } from '../../server/contract/state.ts'
import { ApiClient } from '../support/api-client.ts'
import { askingOnly, startBlackHoledDns, type BlackHoledDns } from '../support/black-holed-dns.ts'
import { startServer, type ServerProcess } from '../support/server-process.ts'
import { SimulatedRack } from '../support/simulated-rack.ts'

/**
 * The whole server, with a rack of which a hundred machines are known by names that nobody tells, and one machine and its
 * PiKVM by names that were told until a moment ago.
 */
const names = 100
const remembered = { machine: 'cp1.rack.example', kvm: 'cp1-kvm.rack.example' }
/** So long an answer is not asked for again. @see server/names/name-resolver.ts */
const freshMs = 30_000
let silentSince: number
let folder: string
let dns: BlackHoledDns
let server: ServerProcess
let password: string
let rack: SimulatedRack

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'crashcart-dns-'))
  dns = await startBlackHoledDns()
  server = await startServer({ args: ['demo'], env: askingOnly(dns, folder) })
  password = (await server.find(/with the password (\S+)/))[1] ?? ''
  rack = new SimulatedRack((await server.find(/break and watch the machines: (\S+)/))[1] ?? '')
  const admin = await signIn()
  const siteId = (await nameByDns(admin)).siteId
  dns.silence()
  silentSince = performance.now()
  const blank = { siteId, kind: 'server', placement: { kind: 'none' }, notes: '', isProtected: false }
  for (let n = 1; n <= names; n++) {
    const checks = [{ kind: 'tcp', label: 'SSH', address: `lost${n}.rack.example`, port: 22 }]
    await admin.ok('POST', '/api/devices', {
      ...blank,
      name: `lost${n}`,
      layout: 'us',
      checks,
      dependsOn: [],
    })
  }
}, 90_000)

afterAll(async () => {
  await server.stop()
  await dns.close()
  rmSync(folder, { recursive: true, force: true })
})

async function signIn(): Promise<ApiClient> {
  const client = new ApiClient(server.port)
  await client.ok('POST', '/api/session', { name: 'demo', password, trust: true })
  return client
}

async function cp1Of(client: ApiClient): Promise<Device> {
  const machine = (await client.ok<Device[]>('GET', '/api/devices')).find(({ name }) => name === 'cp1')
  if (machine === undefined) throw new Error('the demo has no cp1')
  return machine
}

/** Writes cp1 and its PiKVM down by their names, and waits until both are found by them. */
async function nameByDns(admin: ApiClient): Promise<Device> {
  const machine = await cp1Of(admin)
  const kvmId = (await statesWhen(admin, (all) => all.get(machine.id)?.kvm != null)).get(machine.id)?.kvm
    ?.endpointId
  const endpoints = await admin.ok<Endpoint[]>('GET', '/api/endpoints')
  const kvm = endpoints.find(({ id }) => id === kvmId)
  const [check] = machine.checks
  if (kvm === undefined || check === undefined) throw new Error('the demo’s cp1 has no PiKVM or no check')
  dns.tell(remembered.machine, check.address)
  dns.tell(remembered.kvm, kvm.address)
  const checks = [{ ...check, address: remembered.machine }]
  await admin.ok('PATCH', `/api/devices/${machine.id}`, { rev: machine.rev, checks })
  const { rev, fingerprint } = kvm
  const secrets = { password: 'admin', fingerprint }
  await admin.ok('PATCH', `/api/endpoints/${kvm.id}`, { rev, address: remembered.kvm, ...secrets })
  const isAsked = (): boolean => Object.values(remembered).every((name) => dns.questions(name) > 0)
  await vi.waitUntil(isAsked, { timeout: 20_000 })
  await statesWhen(admin, (all) => isWell(all.get(machine.id)))
  return machine
}

function isWell(state: MachineState | undefined): boolean {
  return state?.kvm?.reachable.value === true && state.checks[0]?.result.value === 'answers'
}

/** Follows the live socket until the states of the machines are as `isThere` wants them. */
async function statesWhen(
  client: ApiClient,
  isThere: (states: ReadonlyMap<string, MachineState>) => boolean,
): Promise<ReadonlyMap<string, MachineState>> {
  const socket = client.socket('/api/live')
  const states = new Map<string, MachineState>()
  try {
    return await new Promise((resolve, reject) => {
      socket.on('error', reject)
      socket.on('message', (data: Buffer) => {
        const message = JSON.parse(data.toString()) as LiveServerMessage
        if (message.type !== 'snapshot' && message.type !== 'patch') return
        for (const change of message.changes)
          if (change.entity === 'state' && change.value !== null) states.set(change.id, change.value)
        if (isThere(states)) resolve(states)
      })
    })
  } finally {
    socket.close()
  }
}

test('while a hundred look-ups hang, somebody signs in, sees the others live, and reboots one that is known by name', async () => {
  const client = await signIn()
  const devices = await client.ok<Device[]>('GET', '/api/devices')
  const machine = await cp1Of(client)
  const result = (states: ReadonlyMap<string, MachineState>) =>
    states.get(machine.id)?.checks[0]?.result.value
  // Its own names would be asked for anew by now: what they were last found at is all there is.
  await vi.waitUntil(() => performance.now() - silentSince > freshMs, { timeout: 2 * freshMs })
  await statesWhen(client, (states) => isWell(states.get(machine.id)))
  const asked = dns.questions()

  await rack.command({ machine: 'cp1', command: 'hang' })
  await client.ok('POST', `/api/devices/${machine.id}/check`)
  await statesWhen(client, (states) => result(states) === 'silent')
  const sheet = await client.ok<NonceView>('POST', `/api/devices/${machine.id}/power/nonce`, {
    verb: 'reboot',
    pathId: null,
  })
  const body = { nonce: sheet.nonce, verb: sheet.verb, pathId: sheet.path?.id ?? null }
  const { id } = await client.ok<Action>('POST', `/api/devices/${machine.id}/power/actions`, body)
  const verdict = async (): Promise<unknown> =>
    (await client.ok<Action[]>('GET', `/api/devices/${machine.id}/power/actions`)).find(
      (one) => one.id === id,
    )?.effect
  await expect.poll(verdict, { timeout: 30_000, interval: 250 }).toBe('restarted')
  expect((await rack.report('cp1')).presses.map(({ button }) => button)).toEqual(['reset'])

  // All the while names were asked for, and the machines that they belong to are unknown, not down.
  await expect.poll(() => dns.questions(), { timeout: 15_000 }).toBeGreaterThan(asked)
  const lost = devices.filter(({ name }) => name.startsWith('lost')).map((device) => device.id)
  const states = await statesWhen(client, (all) => lost.every((one) => all.get(one)?.cause === 'dnsSilent'))
  for (const one of lost) expect(states.get(one)).toMatchObject({ health: 'unknown', cause: 'dnsSilent' })
}, 120_000)
