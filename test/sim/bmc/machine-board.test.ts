import { afterEach, beforeEach, expect, test } from 'vitest'
import { chassisControl, getChassisStatus, IpmiClient } from 'node-ipmi'
import { type SimBmc, startBmc } from '../../../server/sim/bmc/bmc.ts'
import { MachineBoard } from '../../../server/sim/bmc/machine-board.ts'
import { ManualClock } from '../../../server/sim/machine/clock.ts'
import { SimMachine } from '../../../server/sim/machine/machine.ts'
import { until } from '../../peers/ipmi/child.ts'

let clock: ManualClock
let machine: SimMachine
let board: MachineBoard
let bmc: SimBmc
let client: IpmiClient

beforeEach(async () => {
  clock = new ManualClock()
  machine = new SimMachine({ name: 'nas', clock })
  board = new MachineBoard(machine)
  bmc = await startBmc({ board })
  client = new IpmiClient({ host: bmc.host, port: bmc.port, username: 'oper', password: 'oper' })
})

afterEach(async () => {
  await client.close()
  await bmc.close()
  board.dispose()
  machine.dispose()
})

async function isPowered(): Promise<boolean> {
  return (await client.run(getChassisStatus())).isPowered
}

test('a hung machine goes off and boots again by one power cycle', async () => {
  machine.hang()
  const boots = machine.bootCount
  expect(await client.act(chassisControl('cycle'))).toMatchObject({ outcome: 'acknowledged' })
  // The power line's hold ends in a later turn of the event loop than the clock's time.
  await until('the machine to be off', () => {
    clock.advance(500)
    return !machine.isOn
  })
  expect(await isPowered()).toBe(false)
  await until('the machine to boot', () => {
    clock.advance(500)
    return machine.bootCount === boots + 1
  })
  expect(await isPowered()).toBe(true)
  expect(machine.faults.hung).toBe(false)
})

test('reset boots again, soft asks the system to shut down', async () => {
  const boots = machine.bootCount
  await client.act(chassisControl('reset'))
  expect(machine.bootCount).toBe(boots + 1)
  clock.advance(60_000)
  await client.act(chassisControl('soft'))
  clock.advance(60_000)
  expect(await isPowered()).toBe(false)
})

test('the diagnostic interrupt makes the kernel panic', async () => {
  await client.act(chassisControl('nmi'))
  expect(machine.faults.panicked).toBe(true)
})

test('logs in over the serial console', async () => {
  const sol = await client.openSol()
  let text = ''
  sol.onData((bytes) => (text += bytes.toString('latin1')))
  await sol.write(Buffer.from('root\r'))
  await until('the password prompt', () => text.includes('Password:'))
  await sol.write(Buffer.from('rack\r'))
  await until('the shell', () => text.includes('root@nas:~#'))
  await sol.write(Buffer.from('echo Over_SOL!\r'))
  await until('the answer', () => text.includes('Over_SOL!'))
  expect(machine.typedLines.map((line) => line.text)).toEqual(['root', 'rack', 'echo Over_SOL!'])
})

test('Ctrl+L redraws for a terminal that came late', async () => {
  const sol = await client.openSol()
  let text = ''
  sol.onData((bytes) => (text += bytes.toString('latin1')))
  await sol.write(Buffer.from('\x0c'))
  await until('the whole screen', () => text.includes('nas login:'))
  expect(text).toContain('Debian GNU/Linux')
})
