import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Action, NonceView } from '../../server/contract/power.ts'
import { startBmc } from '../../server/sim/bmc/bmc.ts'
import { MachineBoard } from '../../server/sim/bmc/machine-board.ts'
import { scaledClock } from '../../server/sim/machine/clock.ts'
import { SimMachine } from '../../server/sim/machine/machine.ts'
import { startSimPikvm } from '../../server/sim/pikvm/pikvm.ts'
import { FrameEncoder } from '../../server/sim/video/frame-encoder.ts'
import { addPikvm, setUp, type FreshServer } from '../support/fresh-server.ts'
import { rounds } from '../support/rounds.ts'
import { freshSeed, randomFrom } from '../support/seed.ts'
import { startServer } from '../support/server-process.ts'

const ways = ['atx', 'relay', 'bmc'] as const
let crashcart: FreshServer
const resources = new AsyncDisposableStack()

beforeAll(async () => {
  crashcart = await setUp(await startServer(), 'Haruka')
})
afterAll(async () => {
  await resources.disposeAsync()
  await crashcart.server.stop()
})

/** A machine whose firmware listens for 2 s somewhere in its POST, with its PiKVM and one way to its power. */
async function addMachine(
  name: string,
  way: (typeof ways)[number],
  random: () => number,
  encoder: FrameEncoder,
) {
  const firmware = { setupKey: random() < 0.5 ? 'Delete' : 'F2', windowMs: 2_000, random }
  const machine = new SimMachine({ name, clock: scaledClock(), bootMs: 16_000, firmware })
  resources.defer(() => machine.dispose())
  const wired = way === 'relay' ? { atxEnabled: false, gpioWiring: { relay1: 'mains' as const } } : {}
  const atx = way === 'bmc' ? { atxEnabled: false } : {}
  const pikvm = resources.use(await startSimPikvm({ machine, encoder, ...wired, ...atx }))
  const { deviceId, endpoint } = await addPikvm(crashcart, pikvm, name)
  if (way === 'relay') {
    const path = { endpointId: endpoint.id, channel: 'relay1', wiring: 'supply' }
    await crashcart.admin.ok('POST', `/api/devices/${deviceId}/power-paths`, path)
  }
  if (way === 'bmc') await addBmc(machine, deviceId)
  return { machine, deviceId, way }
}

async function addBmc(machine: SimMachine, deviceId: string): Promise<void> {
  const board = new MachineBoard(machine)
  resources.defer(() => board.dispose())
  const bmc = await startBmc({ board })
  resources.defer(() => bmc.close())
  const body = { address: bmc.host, port: bmc.port, user: 'oper', password: 'oper', machine: { deviceId } }
  await crashcart.admin.ok('POST', '/api/bmc', body)
}

async function reboot(deviceId: string): Promise<Action> {
  const wish = { verb: 'reboot', pathId: null }
  const { nonce, verb, path, refusal } = await crashcart.admin.ok<NonceView>(
    'POST',
    `/api/devices/${deviceId}/power/nonce`,
    wish,
  )
  expect(refusal).toBeNull()
  const body = { nonce, verb, pathId: path?.id ?? null, catching: 'setup' }
  return await crashcart.admin.ok<Action>('POST', `/api/devices/${deviceId}/power/actions`, body)
}

test('a reboot with boot keys opens the setup of every machine, over a PiKVM, a relay and a BMC', async () => {
  const count = rounds(3, 20)
  const random = randomFrom(freshSeed('boot keys drill'))
  const encoder = new FrameEncoder()
  resources.defer(() => encoder.close())
  const machines: Awaited<ReturnType<typeof addMachine>>[] = []
  for (let index = 0; index < count; index++) {
    const way = ways[index % ways.length] ?? 'atx'
    machines.push(await addMachine(`m${index}`, way, random, encoder))
  }
  await Promise.all(machines.map(({ deviceId }) => reboot(deviceId)))
  const inSetup = () => machines.filter(({ machine }) => machine.phase === 'setup').length
  await expect.poll(inSetup, { timeout: 60_000 }).toBe(count)
  for (const { machine, deviceId } of machines) {
    expect(machine.firmwareEntries).toHaveLength(1)
    await crashcart.admin.ok('POST', `/api/devices/${deviceId}/catching/stop`)
  }
  // The key that was down when somebody said "I see it" is still let go.
  await new Promise((resolve) => setTimeout(resolve, 300))
  const typed = machines.map(({ machine }) => machine.keyLog.length)
  await new Promise((resolve) => setTimeout(resolve, 1_000))
  expect(machines.map(({ machine }) => machine.keyLog.length)).toEqual(typed)
  for (const { machine } of machines) {
    const ups = machine.keyLog.filter(({ down }) => !down).length
    expect(machine.keyLog.length - ups).toBe(ups)
  }
}, 180_000)
